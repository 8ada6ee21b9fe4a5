import { BlockList, isIP } from "node:net";

const inside = new BlockList();
inside.addSubnet("10.0.0.0", 8);
inside.addSubnet("100.64.0.0", 10);
inside.addSubnet("127.0.0.0", 8);
inside.addSubnet("169.254.0.0", 16);
inside.addSubnet("172.16.0.0", 12);
inside.addSubnet("192.168.0.0", 16);
inside.addAddress("::1", "ipv6");
inside.addSubnet("fc00::", 7, "ipv6");
inside.addSubnet("fe80::", 10, "ipv6");

/**
 * The caller's network address, from `X-Forwarded-For`, to which each proxy adds the one that it saw: the last address
 * from outside, since those before it are the caller's own claim; where all are from inside, the last one.
 */
export function clientAddress(forwardedFor: string | undefined): string {
  const addresses = (forwardedFor ?? "")
    .split(",")
    .map((address) => address.trim().replace(/^::ffff:(?=\d+\.)/i, ""))
    .filter((address) => isIP(address) !== 0);
  const outside = addresses.findLast(
    (address) => !inside.check(address, isIP(address) === 6 ? "ipv6" : "ipv4"),
  );
  return outside ?? addresses.at(-1) ?? "unknown";
}
