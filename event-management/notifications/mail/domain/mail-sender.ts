import { PolledWorker } from "../../../../shared/concurrency/polled-worker.js";
import type { Db } from "../../../db.js";
import { claimMails, type MailAttempt, markFailed, markSent } from "./mail-attempts.js";
import { type DeliverMail, MailDeliveryError } from "./smtp.js";

export interface MailSenderOptions {
  db: Db;
  deliver: DeliverMail;
  /** Keeps what sent mails say. */
  keepContent: boolean;
  /** Attempts at the same time; 4 by default. */
  concurrency?: number;
  /** How often due mails are looked for without having been told of any; 2 s by default. */
  pollMs?: number;
  onSent: (mail: MailAttempt) => void;
  /** `again`: there will be another attempt. */
  onFailure: (mail: MailAttempt, error: unknown, again: boolean) => void;
  /** The database cannot be reached; it is tried again with growing waits. */
  onError: (error: unknown, failures: number) => void;
}

/**
 * Sends stored mails, at least once: a sender that dies between the server's answer and its own note leaves the
 * mail to the next attempt, which carries the same Message-ID. Any number of senders may work on one database.
 */
export class MailSender {
  private readonly active = new Set<Promise<void>>();
  private readonly worker: PolledWorker;

  constructor(private readonly options: MailSenderOptions) {
    const { pollMs, onError } = options;
    this.worker = new PolledWorker({
      work: () => this.claim(),
      onError,
      ...(pollMs === undefined ? {} : { pollMs }),
    });
  }

  /** Looks for due mails now. */
  wake(): void {
    this.worker.wake();
  }

  /** Waits for the attempts in hand, then sends no more. */
  async stop(): Promise<void> {
    await this.worker.stop();
    await Promise.all(this.active);
  }

  private async claim(): Promise<boolean> {
    const { db, concurrency = 4 } = this.options;
    const free = concurrency - this.active.size;
    const claimed = free > 0 ? await claimMails(db, free) : [];
    for (const mail of claimed) this.start(mail);
    return false;
  }

  private start(mail: MailAttempt): void {
    const attempt = this.attempt(mail)
      .catch((error: unknown) => this.options.onError(error, 1))
      .finally(() => {
        this.active.delete(attempt);
        this.wake();
      });
    this.active.add(attempt);
  }

  private async attempt(mail: MailAttempt): Promise<void> {
    const { db, deliver, keepContent, onSent, onFailure } = this.options;
    try {
      await deliver(mail);
    } catch (error) {
      const permanent = error instanceof MailDeliveryError && error.permanent;
      const reason =
        error instanceof MailDeliveryError ? error.message : "The mail could not be handed over.";
      onFailure(mail, error, await markFailed(db, mail, { reason, permanent }));
      return;
    }
    await markSent(db, mail, keepContent);
    onSent(mail);
  }
}
