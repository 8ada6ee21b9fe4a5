import { describe, expect, it } from "vitest";
import type { MailTemplate } from "../../../../shared/events/types.js";
import { checkMailRequest } from "./mail-request.js";
import { mailTexts } from "./mail-texts.js";
import { renderMail } from "./render-mail.js";

const url = "https://axion.test/verify?token=abc.DEF_1-2&next=%2Fhome";
const full: Record<string, string> = {
  name: "Ada",
  url,
  resetUrl: "https://axion.test/reset",
  organization: "Analytical Engines",
  inviter: "Charles",
  role: "editor",
  expiresAt: "2026-11-21T15:00:00Z",
  at: "2026-11-21T14:00:00+01:00",
  ipAddress: "203.0.113.7",
  minutes: "15",
  change: "enabled",
  key: "import",
  permissions: "event:ingest, schema:read",
  purgeAt: "2026-12-21T15:00:00.000Z",
  requestedBy: "Charles",
};
const required: Record<MailTemplate, Record<string, string>> = {
  "verify-email": { url },
  "reset-password": { url },
  invitation: { url, organization: "Analytical Engines" },
  "password-changed": {},
  "account-exists": {},
  "sign-in-locked": {},
  "two-factor-changed": { change: "disabled" },
  "api-key-created": { key: "import", organization: "Analytical Engines", permissions: "event:ingest" },
  "tenant-deletion-requested": { organization: "Analytical Engines", purgeAt: "2026-12-21T15:00:00Z" },
};
const templates = Object.keys(mailTexts.en) as MailTemplate[];

function render(template: MailTemplate, data: Record<string, string>, language?: string) {
  return renderMail(checkMailRequest({ to: "ada@example.com", template, language, data }));
}

describe.each(templates)("the mail %s", (template) => {
  it.each(["en", "ru"])("is written in %s, with all values and with the required ones alone", (language) => {
    for (const data of [full, required[template]]) {
      const { subject, text, html, links } = render(template, data, language);
      for (const part of [subject, text, html])
        expect(part).not.toMatch(/\{\{|undefined|\[object| {2,}\S|\.\.|,,/);
      expect(/[а-яё]/i.test(subject) && /[а-яё]/i.test(text)).toBe(language === "ru");
      for (const link of links) expect(text.split("\n")).toContain(link);
      expect(html).toContain(`<html lang="${language}">`);
    }
  });
});

describe("a mail", () => {
  it("shows its link whole, as text and as HTML", () => {
    const { text, html, links } = render("verify-email", { url });
    expect(links).toEqual([url]);
    expect(text.split("\n")).toContain(url);
    const href = /<a href="([^"]*)">([^<]*)<\/a>/.exec(html)!;
    const unescaped = href.slice(1).map((part) => part.replaceAll("&amp;", "&").replaceAll("&#x3D;", "="));
    expect(unescaped).toEqual([url, url]);
  });

  it("says instants in UTC and in its language", () => {
    expect(render("password-changed", full).text).toContain("21 November 2026 at 13:00 UTC");
    expect(render("password-changed", full, "ru").text).toMatch(/21 ноября 2026 г\..*13:00 UTC/);
  });

  it("shows values as they are: once escaped where it is HTML, never run as a template", () => {
    const organization = `<img src=x onerror="alert(1)"> & {{url}}`;
    const { subject, text, html } = render("invitation", { url, organization });
    expect(subject).toContain(organization);
    expect(text).toContain(organization);
    expect(html).not.toContain("<img");
    expect(html).toContain("&lt;img src&#x3D;x onerror&#x3D;&quot;alert(1)&quot;&gt; &amp; {{url}}");
  });

  it("has one line for its subject, whatever the values hold", () => {
    const organization = "Engines\r\nBcc: eve@example.com\u2028\u202e\0x";
    const { subject } = render("invitation", { url, organization });
    expect(subject).toBe("Invitation to Engines Bcc: eve@example.com x on Axion");
  });

  it("does not grow with the names in it", () => {
    expect(render("invitation", { url, organization: "x".repeat(100_000) }).subject.length).toBeLessThan(250);
  });

  it("knows only its own values", () => {
    const data = JSON.parse(`{"url":"${url}","__proto__":{"name":"Eve"},"constructor":"Eve"}`);
    expect(render("verify-email", data).text).toContain("Hello,");
  });
});

describe("a mail that cannot be written", () => {
  it.each([
    ["ada@example.com\r\nBcc: eve@example.com", { url }, "to:"],
    ["ada@example.com, eve@example.com", { url }, "to:"],
    ["Ada <ada@example.com>", { url }, "to:"],
    ["ada@example.com", {}, "data.url:"],
    ["ada@example.com", { url: "javascript:alert(1)" }, "data.url:"],
    ["ada@example.com", { url: "/verify" }, "data.url:"],
    ["ada@example.com", { url, expiresAt: "soon" }, "data.expiresAt:"],
  ])("to %j with %j is refused, naming %s", (to, data, field) => {
    const check = () =>
      checkMailRequest({ to, template: "verify-email", data: data as Record<string, string> });
    expect(check).toThrow(`The mail verify-email cannot be written. ${field}`);
  });
});
