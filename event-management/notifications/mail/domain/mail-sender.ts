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

const longestWaitMs = 30_000;

/**
 * Sends stored mails, at least once: a sender that dies between the server's answer and its own note leaves the
 * mail to the next attempt, which carries the same Message-ID. Any number of senders may work on one database.
 */
export class MailSender {
  private readonly active = new Set<Promise<void>>();
  private stopped = false;
  private woken = false;
  private endWait: (() => void) | undefined;
  private readonly running: Promise<void>;

  constructor(private readonly options: MailSenderOptions) {
    this.running = this.run();
  }

  /** Looks for due mails now. */
  wake(): void {
    this.woken = true;
    this.endWait?.();
  }

  /** Waits for the attempts in hand, then sends no more. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.wake();
    await this.running;
    await Promise.all(this.active);
  }

  private async run(): Promise<void> {
    const { db, concurrency = 4, pollMs = 2_000 } = this.options;
    let failures = 0;
    while (!this.stopped) {
      this.woken = false;
      const free = concurrency - this.active.size;
      let waitMs = pollMs;
      try {
        const claimed = free > 0 ? await claimMails(db, free) : [];
        for (const mail of claimed) this.start(mail);
        failures = 0;
      } catch (error) {
        failures++;
        this.options.onError(error, failures);
        waitMs = Math.min(pollMs * 2 ** Math.min(failures, 20), longestWaitMs);
      }
      await this.wait(waitMs);
    }
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

  private async wait(ms: number): Promise<void> {
    if (this.woken || this.stopped) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.endWait = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.endWait = undefined;
  }
}
