import { lookup as resolve } from "node:dns/promises";
import { BlockList, isIP, isIPv6 } from "node:net";
import { isLocalDevelopment } from "../environment.js";

/** Networks that a developer's machine and its neighbours are in. */
const localNetworks = ["127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7"];

/** Networks that a tenant has no business in: this machine, its neighbours, cloud metadata, and no host at all. */
const privateNetworks = blockList([
  ...localNetworks,
  "0.0.0.0/8",
  "100.64.0.0/10",
  "169.254.0.0/16",
  "192.0.0.0/24",
  "198.18.0.0/15",
  "224.0.0.0/3",
  "::/127",
  // Addresses that hold an IPv4 address: NAT64, 6to4, Teredo.
  "64:ff9b::/96",
  "64:ff9b:1::/48",
  "2002::/16",
  "2001::/32",
  "fe80::/10",
  "fec0::/10",
  "ff00::/8",
]);

/** An address that a host name leads to. */
export interface HostAddress {
  address: string;
  family: 4 | 6;
}

/** A host that a tenant named and that no connection is made to. */
export class HostProblem extends Error {
  readonly code: "host_not_found" | "address_not_allowed";

  constructor(code: HostProblem["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Whether an IP address is private, loopback, link-local, multicast or reserved; IPv4 inside IPv6 counts as IPv4. */
export function isPrivateAddress(address: string): boolean {
  return contains(privateNetworks, address);
}

/**
 * The addresses of a host that a tenant named: all of them, checked. Whoever connects uses one of these and does not
 * resolve the name again, so that an answer that changes in between leads nowhere. Throws `HostProblem` where the name
 * has no address, and where one of them is private and the operator has not allowed its network.
 */
export async function resolveAllowedHost(
  host: string,
  lookup: (host: string) => Promise<HostAddress[]> = resolveAll,
): Promise<HostAddress[]> {
  const addresses = await lookup(host).catch((cause: unknown) => {
    throw new HostProblem("host_not_found", `The host "${host}" is not found.`, { cause });
  });
  if (addresses.length === 0) throw new HostProblem("host_not_found", `The host "${host}" has no address.`);
  const allowed = allowedNetworks();
  if (addresses.some(({ address }) => isPrivateAddress(address) && !contains(allowed, address))) {
    throw new HostProblem(
      "address_not_allowed",
      `The host "${host}" is at a private address, which is not allowed here.`,
    );
  }
  return addresses;
}

/**
 * Private networks that tenants may connect to: those of `AXION_ALLOWED_NETWORKS`, as in `10.20.0.0/16, fd12::/16`, or
 * `none`. Where it is not set, a developer's machine allows itself and its neighbours, and every other place nothing.
 */
function allowedNetworks(): BlockList {
  const configured = process.env.AXION_ALLOWED_NETWORKS?.trim();
  if (!configured) return blockList(isLocalDevelopment() ? localNetworks : []);
  return blockList(configured === "none" ? [] : configured.split(/[\s,]+/));
}

/** Fails the start of the app where `AXION_ALLOWED_NETWORKS` is no list of networks. */
export function checkAllowedNetworks(): void {
  allowedNetworks();
}

async function resolveAll(host: string): Promise<HostAddress[]> {
  const found = await resolve(host, { all: true });
  return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
}

function contains(list: BlockList, address: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return list.check(mapped, "ipv4");
  return list.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}

function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [net = "", prefix] = network.split("/");
    const family = isIP(net);
    const bits = prefix === undefined ? (family === 6 ? 128 : 32) : Number(prefix);
    if (family === 0 || !Number.isInteger(bits) || bits < 0 || bits > (family === 6 ? 128 : 32)) {
      throw new Error(`AXION_ALLOWED_NETWORKS: "${network}" is no network; write one as 10.20.0.0/16.`);
    }
    list.addSubnet(net, bits, family === 6 ? "ipv6" : "ipv4");
  }
  return list;
}
