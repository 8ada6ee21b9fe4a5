import type { MailLanguage } from "../../../../shared/events/types.js";
import { htmlDocument, mailLayout, type RenderedMail } from "./render-mail.js";

/** What is told of one event. */
export interface MailedNotification {
  subject: string;
  text: string;
  /** HTML that the tenant's own template came to, its values escaped. */
  html: string | null;
}

const words: Record<MailLanguage, { subject: (count: number) => string; more: (count: number) => string }> = {
  en: { subject: (count) => `${count} notifications`, more: (count) => `And ${count} more.` },
  ru: { subject: (count) => `Уведомления: ${count}`, more: (count) => `И ещё ${count}.` },
};

const mostShown = 50;

/** Writes the mail that tells of one event, or of several together. */
export function renderNotificationMail(items: MailedNotification[], language: MailLanguage): RenderedMail {
  const [single] = items;
  if (items.length === 1 && single !== undefined) {
    const { subject, text } = single;
    const paragraphs = paragraphsOf(text);
    const html =
      single.html === null
        ? mailLayout({ language, subject, paragraphs, links: [] })
        : htmlDocument({ language, subject, body: single.html });
    return { subject, text: `${text}\n`, html, links: [] };
  }
  const subject = words[language].subject(items.length);
  const shown = items.slice(0, mostShown).flatMap((item) => [item.subject, ...paragraphsOf(item.text)]);
  const rest = items.length - mostShown;
  const paragraphs = rest > 0 ? [...shown, words[language].more(rest)] : shown;
  const html = mailLayout({ language, subject, paragraphs, links: [] });
  return { subject, text: `${paragraphs.join("\n\n")}\n`, html, links: [] };
}

function paragraphsOf(text: string): string[] {
  return text.split(/\n+/).filter((line) => line.trim() !== "");
}
