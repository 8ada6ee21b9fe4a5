import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { EncodedResponse, WireResponse } from "./codec.js";
import { compress, encodingFor } from "./compress.js";

const json = (length: number): WireResponse => ({
  status: 200,
  headers: ["content-type", "application/json", "ETag", '"abc"'],
  body: JSON.stringify({ text: "x".repeat(length) }),
});
const compressed = (response: WireResponse, encoding: "br" | "gzip") =>
  new Promise<EncodedResponse>((resolve) => compress(response, encoding, resolve));

describe("compression of answers", () => {
  it("takes the best encoding that the client accepts", () => {
    expect(encodingFor(json(5_000), "gzip, deflate, br")).toBe("br");
    expect(encodingFor(json(5_000), "gzip, br;q=0")).toBe("gzip");
    expect(encodingFor(json(5_000), "*")).toBe("br");
  });

  it("leaves small answers and clients that do not ask alone", () => {
    expect(encodingFor(json(100), "gzip")).toBeUndefined();
    expect(encodingFor(json(5_000), undefined)).toBeUndefined();
    expect(encodingFor(json(5_000), "identity, gzip;q=0, *;q=0")).toBeUndefined();
  });

  it("keeps the content, says how it is encoded, and makes its tag weak", async () => {
    const response = json(5_000);
    const gzipped = await compressed(response, "gzip");
    expect(gunzipSync(gzipped.body as Uint8Array).toString()).toBe(response.body);
    expect(gzipped.headers.slice(-6)).toEqual([
      "ETag",
      'W/"abc"',
      "content-encoding",
      "gzip",
      "vary",
      "accept-encoding",
    ]);
    const brotli = await compressed(response, "br");
    expect(brotliDecompressSync(brotli.body as Uint8Array).toString()).toBe(response.body);
  });
});
