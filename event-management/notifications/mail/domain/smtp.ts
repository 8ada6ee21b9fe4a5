import { createTransport } from "nodemailer";
import { z } from "zod";

/** Where mails go and who they come from. */
export interface SmtpSettings {
  /** `smtp://` or `smtps://`, with user and password where the server asks for them. */
  url: string;
  /** The sender: an address, or `Name <address>`. */
  from: string;
}

/** A mail ready to be handed to a server. */
export interface OutgoingMail {
  /** Equal in every attempt, so that a receiver can tell a second copy from a second mail. */
  id: string;
  recipient: string;
  language: string;
  subject: string;
  text: string;
  html: string;
}

/** Hands a mail to a server. Throws `MailDeliveryError`. */
export type DeliverMail = (mail: OutgoingMail) => Promise<void>;

/** An attempt failed. The message is fit for the tenant's eyes: it names no host; `cause` has all of it. */
export class MailDeliveryError extends Error {
  /** Whether the server refused this mail for good. */
  readonly permanent: boolean;

  constructor(message: string, permanent: boolean, cause: unknown) {
    super(message, { cause });
    this.name = "MailDeliveryError";
    this.permanent = permanent;
  }
}

/** A mail server that takes longer for a mail has failed. */
export const deliveryTimeoutMs = 15_000;

const addressIn = /^(?:[^<>\r\n]*<([^<>\s]+)>|([^<>\s]+))$/;

/**
 * Checks the settings; undefined where no server is configured. Without a sender, the account at the server is it,
 * if that is an address. Throws an error that names the setting and never shows the URL, which holds a password.
 */
export function smtpSettings(url: string | undefined, from: string | undefined): SmtpSettings | undefined {
  if (url === undefined) return undefined;
  const parsed = URL.parse(url);
  if (parsed === null || !["smtp:", "smtps:"].includes(parsed.protocol) || parsed.hostname === "") {
    throw new Error("Secret SmtpUrl: expected smtp://[user:password@]host[:port] or smtps://….");
  }
  const account = decodeURIComponent(parsed.username);
  const fallback = isAddress(account) ? account : `no-reply@${parsed.hostname}`;
  const sender = from ?? `Axion <${fallback}>`;
  if (from !== undefined && !isAddress(addressOf(from))) {
    throw new Error("Secret MailFrom: expected an address, or Name <address>.");
  }
  return { url, from: sender };
}

/** Hands mails to an SMTP server, each over a connection of its own that ends with the attempt. */
export function smtpDelivery(settings: SmtpSettings, timeoutMs = deliveryTimeoutMs): DeliverMail {
  const domain = addressOf(settings.from).split("@").at(-1);
  const transport = createTransport({
    url: settings.url,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return async ({ id, recipient, language, subject, text, html }) => {
    try {
      await transport.sendMail({
        from: settings.from,
        to: { name: "", address: recipient },
        subject,
        text,
        html,
        messageId: `<${id}@${domain}>`,
        headers: { "Auto-Submitted": "auto-generated", "Content-Language": language },
        signal: AbortSignal.timeout(timeoutMs),
      });
    } catch (error) {
      throw deliveryError(error);
    }
  };
}

const smtpErrorSchema = z.object({
  code: z.string().optional(),
  responseCode: z.number().optional(),
  response: z.string().optional(),
});

function deliveryError(error: unknown): MailDeliveryError {
  const { code, responseCode = 0, response } = smtpErrorSchema.safeParse(error).data ?? {};
  if (code === "EAUTH" || code === "ENOAUTH") {
    return new MailDeliveryError("The mail server does not accept Axion's account.", false, error);
  }
  if (responseCode >= 400 && response !== undefined) {
    const permanent = responseCode >= 500 && (code === "EENVELOPE" || code === "EMESSAGE");
    return new MailDeliveryError(`The mail server answered: ${response.slice(0, 500)}`, permanent, error);
  }
  if (code === "EABORT" || code === "ETIMEDOUT") {
    return new MailDeliveryError("The mail server did not answer in time.", false, error);
  }
  return new MailDeliveryError(
    `The mail server could not be reached (${code ?? "unknown error"}).`,
    false,
    error,
  );
}

function addressOf(from: string): string {
  const match = addressIn.exec(from.trim());
  return match?.[1] ?? match?.[2] ?? "";
}

function isAddress(text: string): boolean {
  return z.email().safeParse(text).success;
}
