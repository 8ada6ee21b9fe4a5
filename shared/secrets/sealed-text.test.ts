import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { openText, sealText } from "./sealed-text.js";

const key = { id: "k1", bytes: randomBytes(32) };

describe("sealed text", () => {
  it("opens with the key and owner it was sealed with", () => {
    const sealed = sealText(key, "postgres://ada:sécret@db/one", "tenant-a:source-1");
    expect(openText(key, sealed, "tenant-a:source-1")).toBe("postgres://ada:sécret@db/one");
  });

  it("never gives the same result twice and never shows the text", () => {
    const first = sealText(key, "postgres://ada:hunter2@db/one", "a");
    expect(first).not.toBe(sealText(key, "postgres://ada:hunter2@db/one", "a"));
    expect(Buffer.from(first, "base64").toString("latin1")).not.toContain("hunter2");
  });

  it("does not open for another row, with another key, or after a change", () => {
    const sealed = sealText(key, "text", "tenant-a:source-1");
    const bytes = Buffer.from(sealed, "base64");
    bytes[bytes.length - 1]! ^= 1;
    expect(() => openText(key, sealed, "tenant-b:source-1")).toThrow();
    expect(() => openText({ id: "k2", bytes: randomBytes(32) }, sealed, "tenant-a:source-1")).toThrow();
    expect(() => openText(key, bytes.toString("base64"), "tenant-a:source-1")).toThrow();
  });
});
