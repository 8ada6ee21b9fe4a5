import { lookup } from "node:dns/promises";
import { BlockList, isIPv6 } from "node:net";
import { APIError } from "encore.dev/api";
import { isLocalDevelopment } from "../environment.js";

/** Networks that a tenant has no business in: this machine, its neighbours, cloud metadata, and no host at all. */
const privateNetworks = blockList({
  ipv4: [
    ["0.0.0.0", 8],
    ["10.0.0.0", 8],
    ["100.64.0.0", 10],
    ["127.0.0.0", 8],
    ["169.254.0.0", 16],
    ["172.16.0.0", 12],
    ["192.0.0.0", 24],
    ["192.168.0.0", 16],
    ["198.18.0.0", 15],
    ["224.0.0.0", 3],
  ],
  ipv6: [
    ["::", 127],
    ["64:ff9b::", 96],
    ["fc00::", 7],
    ["fe80::", 10],
    ["ff00::", 8],
  ],
});

/** Whether an IP address is private, loopback, link-local, multicast or reserved; IPv4 inside IPv6 counts as IPv4. */
export function isPrivateAddress(address: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return privateNetworks.check(mapped, "ipv4");
  return privateNetworks.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}

/**
 * Refuses a host that a tenant gave if it leads to a private address, with `invalidArgument` naming `field`. On a
 * developer's machine everything is local, and every host is allowed.
 */
export async function requirePublicHost(field: string, host: string): Promise<void> {
  if (isLocalDevelopment()) return;
  const addresses = await lookup(host, { all: true }).catch((cause: Error) => {
    throw APIError.invalidArgument(`${field}: the host "${host}" cannot be resolved.`, cause);
  });
  if (addresses.some(({ address }) => isPrivateAddress(address))) {
    throw APIError.invalidArgument(
      `${field}: the host "${host}" is at a private address, which is not allowed.`,
    );
  }
}

function blockList(networks: { ipv4: [string, number][]; ipv6: [string, number][] }): BlockList {
  const list = new BlockList();
  for (const [net, prefix] of networks.ipv4) list.addSubnet(net, prefix, "ipv4");
  for (const [net, prefix] of networks.ipv6) list.addSubnet(net, prefix, "ipv6");
  return list;
}
