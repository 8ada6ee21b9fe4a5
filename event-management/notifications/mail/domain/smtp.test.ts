import { describe, expect, it } from "vitest";
import { smtpSettings } from "./smtp.js";

describe("SMTP settings", () => {
  it("are absent where no server is named", () =>
    expect(smtpSettings(undefined, "a@b.test")).toBeUndefined());

  it.each([
    ["smtp://mail.test", undefined, "Axion <no-reply@mail.test>"],
    ["smtps://robot%40axion.test:secret@mail.test:465", undefined, "Axion <robot@axion.test>"],
    ["smtp://robot:secret@mail.test", undefined, "Axion <no-reply@mail.test>"],
    ["smtp://mail.test", "Acme <acme@acme.test>", "Acme <acme@acme.test>"],
  ])("%s with sender %s send as %s", (url, from, expected) => {
    expect(smtpSettings(url, from)?.from).toBe(expected);
  });

  it.each(["https://user:hunter2@mail.test", "hunter2", "smtp:hunter2@mail.test:x"])(
    "%s is refused without showing it",
    (url) => {
      expect(() => smtpSettings(url, undefined)).toThrow(/^Secret SmtpUrl: (?!.*hunter2)/);
    },
  );

  it.each(["nobody", "A <a@b.test>\r\nBcc: c@d.test", "a@b.test, c@d.test"])(
    "refuse the sender %j",
    (from) => {
      expect(() => smtpSettings("smtp://mail.test", from)).toThrow("Secret MailFrom:");
    },
  );
});
