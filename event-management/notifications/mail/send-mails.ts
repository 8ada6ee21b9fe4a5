import { secret } from "encore.dev/config";
import log from "encore.dev/log";
import { PolledWorker } from "../../../shared/concurrency/polled-worker.js";
import { isLocalDevelopment } from "../../../shared/environment.js";
import type { NotificationEvent } from "../../../shared/events/types.js";
import { optionalSecret } from "../../../shared/secrets/optional-secret.js";
import { db } from "../../db.js";
import { settledMails } from "../../metrics.js";
import { composeDueMails } from "./domain/compose-mails.js";
import { MailSender } from "./domain/mail-sender.js";
import { smtpDelivery, smtpSettings } from "./domain/smtp.js";
import { storeMail } from "./domain/store-mail.js";

const smtpUrl = secret("SmtpUrl");
const mailFrom = secret("MailFrom");

const settings = smtpSettings(optionalSecret(smtpUrl), optionalSecret(mailFrom));

/** The sender of this process; undefined where no mail server is configured. */
const sender =
  settings &&
  new MailSender({
    db,
    deliver: smtpDelivery(settings),
    keepContent: isLocalDevelopment(),
    onSent: ({ id: mailId, template, attempt }) => {
      settledMails.with({ state: "sent" }).increment();
      log.info("mail sent", { mailId, template, attempt });
    },
    onFailure: ({ id: mailId, template, attempt }, error, again) => {
      if (again) return log.warn(error, "mail not sent; trying again", { mailId, template, attempt });
      settledMails.with({ state: "failed" }).increment();
      log.error(error, "mail not sent; given up", { mailId, template, attempt });
    },
    onError: (error, failures) => log.warn(error, "mails not readable; trying again", { failures }),
  });

if (sender !== undefined) {
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void sender.stop());
}

/** Makes mails of what is to be told by mail, when it is due. */
const composer = new PolledWorker({
  work: async () => {
    const made = await composeDueMails(db, { now: new Date(), canSend: sender !== undefined });
    if (made === 0) return false;
    if (sender === undefined) settledMails.with({ state: "kept" }).increment(made);
    sender?.wake();
    return true;
  },
  onError: (error, failures) => log.warn(error, "mails not composed; trying again", { failures }),
});

for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void composer.stop());

/** Has what is to be told by mail looked at now. */
export function wakeMailComposer(): void {
  composer.wake();
}

/** Stores the mail that an event asks for, and has it sent. */
export async function sendRequestedMail(event: NotificationEvent): Promise<void> {
  const state = await storeMail(db, event, { canSend: sender !== undefined });
  if (state === "pending") sender?.wake();
  if (state === "kept") {
    settledMails.with({ state: "kept" }).increment();
    log.info("mail kept, not sent: the secret SmtpUrl is not set", { mailId: event.eventId });
  }
}
