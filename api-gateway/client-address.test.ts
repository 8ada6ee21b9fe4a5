import { describe, expect, it } from "vitest";
import { clientAddress } from "./client-address.js";

describe("the caller's address", () => {
  it("is the last one from outside, whatever the caller claims before it", () => {
    expect(clientAddress("203.0.113.9")).toBe("203.0.113.9");
    expect(clientAddress("198.51.100.1, 203.0.113.9")).toBe("203.0.113.9");
    expect(clientAddress("198.51.100.1, 203.0.113.9, 10.0.0.7, 127.0.0.1")).toBe("203.0.113.9");
  });

  it("is the last one where all are from inside, and unknown where there is none", () => {
    expect(clientAddress("10.0.0.1, 127.0.0.1")).toBe("127.0.0.1");
    expect(clientAddress("::ffff:10.0.0.1")).toBe("10.0.0.1");
    expect(clientAddress("smith, ")).toBe("unknown");
    expect(clientAddress(undefined)).toBe("unknown");
  });
});
