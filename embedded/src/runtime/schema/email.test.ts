import { expect, test } from "vitest";
import { isEmail } from "./email.js";

test.each([
  "a@b.org",
  "a.b+c@sub.example.org",
  "user@localhost",
  "é@example.com",
  "a@ü.de",
  "a@[127.0.0.1]",
  '"a b"@c.org',
  `${"a".repeat(64)}@b.org`,
])("%s is an address", (text) => {
  expect(isEmail(text)).toBe(true);
});

test.each([
  "",
  "a@",
  "@b.org",
  "a b@c.org",
  "a@b..org",
  ".a@b.org",
  "a..b@c.org",
  "a@-b.org",
  "A <a@b.org>",
  `${"a".repeat(65)}@b.org`,
  `a@${"b".repeat(64)}.org`,
])("%s is none", (text) => {
  expect(isEmail(text)).toBe(false);
});
