import { describe, expect, test } from "vitest";
import { type MetaHeaders, sign, verify } from "./signing.js";

const key = { id: 123, key: "secret data" };
const scope = { appId: "app", envName: "env" };
const now = new Date(1_234_567_890_000);

function signed(): MetaHeaders {
  const headers: MetaHeaders = new Map([
    ["x-encore-meta-version", "1"],
    ["x-encore-meta-caller", "api:orders.place"],
    ["x-encore-meta-callee", "billing.charge"],
    ["x-encore-meta-userid", "ada"],
  ]);
  sign(headers, key, scope, now);
  return headers;
}

describe("signed calls", () => {
  test("are signed in the official format", () => {
    const headers: MetaHeaders = new Map();
    sign(headers, key, scope, now);
    expect(headers.get("x-encore-meta-date")).toBe("Fri, 13 Feb 2009 23:31:30 GMT");
    expect(headers.get("x-encore-meta-svc-auth")).toBe(
      'ENCORE1-HMAC-SHA3-256 cred="20090213/app/env/123", ' +
        "op=f3c70a419394ce9d56efafad2208154b92c8596d7396b3a2b4ea7fd925d28dc2, " +
        "sig=fc0c88b47c13d999353ecc8681d91d9c03209a1f05583b92d84e429fedfe387a",
    );
  });

  test("are accepted with the key they were signed with, whatever its place in the list", () => {
    expect(verify(signed(), [{ id: 1, key: "other" }, key], now)).toBeUndefined();
  });

  test.each(["x-encore-meta-caller", "x-encore-meta-callee", "x-encore-meta-userid"])(
    "are refused when %s was changed afterwards",
    (name) => {
      const headers = signed();
      headers.set(name, "api:other.endpoint");
      expect(verify(headers, [key], now)).toBe("the signature does not match");
    },
  );

  test("are refused when auth data was added afterwards", () => {
    const headers = signed();
    headers.set("x-encore-meta-authdata", '{"userID":"ada","admin":true}');
    expect(verify(headers, [key], now)).toBe("the signature does not match");
  });

  test("are refused with another key of the same id", () => {
    expect(verify(signed(), [{ id: 123, key: "guess" }], now)).toBe("the signature does not match");
  });

  test("are refused two minutes later", () => {
    expect(verify(signed(), [key], new Date(now.getTime() + 120_001))).toContain("too old");
  });

  test("are refused without a signature or with a malformed one", () => {
    expect(verify(new Map(), [key], now)).toBe("no signature");
    const headers = signed();
    headers.set("x-encore-meta-svc-auth", "ENCORE1-HMAC-SHA3-256 cred=");
    expect(verify(headers, [key], now)).toBe("malformed signature");
  });
});
