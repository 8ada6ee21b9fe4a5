import { describe, expect, it } from "vitest";
import { isPrivateAddress } from "./address-guard.js";

describe("private addresses", () => {
  it.each([
    "127.0.0.1",
    "10.1.2.3",
    "172.31.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "0.0.0.0",
    "::1",
    "fe80::1",
    "fd00::1",
    "::ffff:10.0.0.1",
    "255.255.255.255",
  ])("recognises %s", (address) => expect(isPrivateAddress(address)).toBe(true));

  it.each(["8.8.8.8", "172.32.0.1", "2606:4700::1111", "::ffff:8.8.8.8"])("lets %s pass", (address) =>
    expect(isPrivateAddress(address)).toBe(false),
  );
});
