import { describe, expect, test } from "vitest";
import { formatSetCookie } from "./cookie.js";

describe("a cookie of a response", () => {
  test("is written with all its options", () => {
    const cookie = {
      value: "s-1",
      path: "/p",
      domain: ".example.com",
      httpOnly: true,
      secure: true,
      sameSite: "Lax",
      maxAge: -5,
      expires: new Date(Date.UTC(2030, 0, 2, 3, 4, 5)),
    };
    expect(formatSetCookie("session", cookie)).toBe(
      "session=s-1; HttpOnly; SameSite=Lax; Secure; Path=/p; Domain=example.com; Max-Age=0; Expires=Wed, 02 Jan 2030 03:04:05 GMT",
    );
  });

  test("is secure where browsers demand it, unless told otherwise", () => {
    expect(formatSetCookie("a", { value: 1, sameSite: "None" })).toBe("a=1; SameSite=None; Secure");
    expect(formatSetCookie("a", { value: 1, partitioned: true, secure: false })).toBe("a=1; Partitioned");
  });

  test.each([
    {},
    { value: "a", maxAge: 1.5 },
    { value: "a", sameSite: "lax" },
    { value: "a", secure: "yes" },
    { value: "a\r\nb" },
  ])("%j is refused", (cookie) => {
    expect(() => formatSetCookie("a", cookie)).toThrow("couldn't parse response");
  });
});
