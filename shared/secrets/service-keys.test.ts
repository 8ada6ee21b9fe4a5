import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { parseServiceKey } from "./service-keys.js";

describe("service key", () => {
  it("is 32 bytes in base64 or base64url", () => {
    const bytes = randomBytes(32);
    expect(Buffer.from(parseServiceKey("K", `${bytes.toString("base64")}\n`).bytes)).toEqual(bytes);
    expect(Buffer.from(parseServiceKey("K", bytes.toString("base64url")).bytes)).toEqual(bytes);
  });

  it("has a short name that is stable and says nothing of the key", () => {
    const value = Buffer.alloc(32, 7).toString("base64");
    expect(parseServiceKey("K", value).id).toMatch(/^[0-9a-f]{12}$/);
    expect(parseServiceKey("K", value).id).toBe(parseServiceKey("K", value).id);
  });

  it("is refused by name where it is too short", () => {
    expect(() => parseServiceKey("TokenSigningKey", "c2hvcnQ=")).toThrow(/TokenSigningKey.*32 bytes.*got 5/);
  });
});
