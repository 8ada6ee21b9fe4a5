import Handlebars from "handlebars";
import type { MailLanguage } from "../../../../shared/events/types.js";
import type { CheckedMailRequest } from "./mail-request.js";
import { mailTexts } from "./mail-texts.js";

/** A mail as it is sent. */
export interface RenderedMail {
  subject: string;
  text: string;
  html: string;
  /** The links shown, in their order. */
  links: string[];
}

const documentLayout = Handlebars.compile<{ language: MailLanguage; subject: string; body: string }>(
  `<!doctype html>
<html lang="{{language}}">
<head><meta charset="utf-8"><title>{{subject}}</title></head>
<body style="font-family: sans-serif; line-height: 1.5; max-width: 36em; margin: 2em auto; padding: 0 1em">
{{{body}}}
</body>
</html>
`,
);

const bodyLayout = Handlebars.compile<{ paragraphs: string[]; links: MailLink[] }>(
  `{{#each paragraphs}}
<p>{{this}}</p>
{{/each}}
{{#each links}}
<p>{{label}}:<br><a href="{{url}}">{{url}}</a></p>
{{/each}}`,
);

/** A link below the text. */
interface MailLink {
  label: string;
  url: string;
}

/** The HTML of a mail with plain paragraphs and links, which are escaped. */
export function mailLayout(mail: {
  language: MailLanguage;
  subject: string;
  paragraphs: string[];
  links: MailLink[];
}): string {
  return htmlDocument({ ...mail, body: bodyLayout(mail) });
}

/** The HTML of a mail whose body is HTML already. */
export function htmlDocument(mail: { language: MailLanguage; subject: string; body: string }): string {
  return documentLayout(mail);
}

/** Plain texts are filled in first, and the layout escapes them: each value is escaped once, where it is HTML. */
const plain = { noEscape: true, knownHelpersOnly: true };
const compiled = new Map<string, Handlebars.TemplateDelegate>();

function fill(source: string, values: Record<string, string | boolean | undefined>): string {
  let template = compiled.get(source);
  if (template === undefined) {
    template = Handlebars.compile(source, plain);
    compiled.set(source, template);
  }
  return template(values);
}

/** Writes the mail that was asked for, as text and as HTML. */
export function renderMail({ template, language, data }: CheckedMailRequest): RenderedMail {
  const mail = mailTexts[language][template];
  const values = {
    ...data,
    at: worded(data.at, language),
    expiresAt: worded(data.expiresAt, language),
    purgeAt: worded(data.purgeAt, language),
    enabled: data.change === "enabled",
  };
  const subject = fill(mail.subject, values);
  const paragraphs = mail.paragraphs.map((source) => fill(source, values)).filter((text) => text !== "");
  const links = (mail.links ?? []).flatMap(({ label, value }) => {
    const url = data[value];
    return url === undefined ? [] : [{ label, url }];
  });
  const shown = links.map(({ label, url }) => `${label}:\n${url}`);
  return {
    subject,
    text: `${[...paragraphs, ...shown].join("\n\n")}\n`,
    html: mailLayout({ language, subject, paragraphs, links }),
    links: links.map(({ url }) => url),
  };
}

/** An instant as people write it, in UTC. */
function worded(instant: string | undefined, language: MailLanguage): string | undefined {
  if (instant === undefined) return undefined;
  const format = new Intl.DateTimeFormat(language === "ru" ? "ru" : "en-GB", {
    dateStyle: "long",
    timeStyle: "short",
    timeZone: "UTC",
  });
  return `${format.format(new Date(instant))} UTC`;
}
