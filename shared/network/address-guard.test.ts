import { afterEach, describe, expect, it, vi } from "vitest";
import { type HostAddress, isPrivateAddress, resolveAllowedHost } from "./address-guard.js";

describe("private addresses", () => {
  it.each([
    "127.0.0.1",
    "10.1.2.3",
    "172.31.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "::1",
    "fe80::1",
    "fd00::1",
    "::ffff:10.0.0.1",
    "::ffff:a9fe:a9fe",
    "64:ff9b::a00:1",
    "2002:a00:1::",
    "255.255.255.255",
  ])("recognises %s", (address) => expect(isPrivateAddress(address)).toBe(true));

  it.each(["8.8.8.8", "172.32.0.1", "2606:4700::1111", "::ffff:8.8.8.8"])("lets %s pass", (address) =>
    expect(isPrivateAddress(address)).toBe(false),
  );
});

describe("a host that a tenant names", () => {
  afterEach(() => vi.unstubAllEnvs());

  const leadsTo = (...addresses: string[]) => {
    const found = addresses.map(
      (address): HostAddress => ({ address, family: address.includes(":") ? 6 : 4 }),
    );
    return async () => found;
  };
  const refused = { code: "address_not_allowed" };

  it("is refused where one of its addresses is private, unless the operator allows its network", async () => {
    vi.stubEnv("AXION_ALLOWED_NETWORKS", "10.20.0.0/16, fd12::/16");
    const resolve = (...addresses: string[]) => resolveAllowedHost("db.example", leadsTo(...addresses));
    expect(await resolve("10.20.3.4", "fd12::1", "8.8.8.8")).toHaveLength(3);
    await expect(resolve("8.8.8.8", "10.21.0.1")).rejects.toMatchObject(refused);
    await expect(resolve("127.0.0.1")).rejects.toMatchObject(refused);
  });

  it("is refused at every private address where none is allowed", async () => {
    vi.stubEnv("AXION_ALLOWED_NETWORKS", "none");
    await expect(resolveAllowedHost("localhost", leadsTo("127.0.0.1"))).rejects.toMatchObject(refused);
    await expect(resolveAllowedHost("x", leadsTo("169.254.169.254"))).rejects.toMatchObject(refused);
  });

  it("is not found where it has no address", async () => {
    vi.stubEnv("AXION_ALLOWED_NETWORKS", "none");
    const failing = () => Promise.reject(new Error("getaddrinfo ENOTFOUND"));
    await expect(resolveAllowedHost("x", failing)).rejects.toMatchObject({ code: "host_not_found" });
    await expect(resolveAllowedHost("x", leadsTo())).rejects.toMatchObject({ code: "host_not_found" });
  });

  it("makes a setting that is no list of networks an error that shows it", async () => {
    vi.stubEnv("AXION_ALLOWED_NETWORKS", "10.20.0.0/99");
    await expect(resolveAllowedHost("x", leadsTo("8.8.8.8"))).rejects.toThrow('"10.20.0.0/99" is no network');
  });
});
