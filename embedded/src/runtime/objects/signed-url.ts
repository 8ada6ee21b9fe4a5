import { createHmac, timingSafeEqual } from "node:crypto";

export interface SignedRequest {
  method: "GET" | "PUT";
  bucket: string;
  name: string;
  /** Seconds since 1970. */
  expires: number;
}

/** What proves that the host itself made an address. */
export function signature(key: string, request: SignedRequest): string {
  const { method, bucket, name, expires } = request;
  return createHmac("sha256", key)
    .update(JSON.stringify([method, bucket, name, expires]))
    .digest("base64url");
}

/** Whether a request may be served: the signature is right, the time not over. */
export function isAllowed(key: string, request: SignedRequest, given: string, nowSeconds: number): boolean {
  if (!(nowSeconds < request.expires)) return false;
  const expected = Buffer.from(signature(key, request));
  const actual = Buffer.from(given);
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}
