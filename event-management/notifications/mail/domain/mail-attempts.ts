import { and, eq, gte, lte, sql } from "drizzle-orm";
import type { Db } from "../../../db.js";
import { mails } from "../../../schema.js";
import { withAllMails } from "./all-mails.js";
import type { OutgoingMail } from "./smtp.js";

/** An attempt whose sender does not say within this time how it went is made again: longer than any attempt takes. */
const leaseSeconds = 60;
/** With the waits between them, the last attempt comes some three hours after the first. */
const mostAttempts = 12;
const firstRetrySeconds = 10;
const longestRetrySeconds = 60 * 60;

/** A mail in the hands of a sender. Another sender's later claim has a higher number. */
export interface MailAttempt extends OutgoingMail {
  template: string;
  /** Number of the attempt, from 1. */
  attempt: number;
}

/** Takes up to `most` mails that are due, each tenant's first one before anybody's second. */
export async function claimMails(db: Db, most: number): Promise<MailAttempt[]> {
  return await withAllMails(db, async (tx) => {
    await tx
      .update(mails)
      .set({ state: "failed" })
      .where(
        and(
          eq(mails.state, "pending"),
          gte(mails.attempts, mostAttempts),
          lte(mails.nextAttemptAt, sql`now()`),
        ),
      );
    const claimed = await tx.execute<{ id: string }>(sql`
      select m.id from mails m
      join (
        select id, row_number() over (partition by tenant_id order by next_attempt_at, id) as turn
        from mails where state = 'pending' and next_attempt_at <= now()
      ) due using (id)
      where m.state = 'pending' and m.next_attempt_at <= now()
      order by due.turn, m.next_attempt_at
      limit ${most}
      for update of m skip locked`);
    const attempts: MailAttempt[] = [];
    for (const { id } of claimed) {
      const [row] = await tx
        .update(mails)
        .set({
          attempts: sql`${mails.attempts} + 1`,
          nextAttemptAt: sql`now() + make_interval(secs => ${leaseSeconds})`,
          lastError: "The attempt was interrupted.",
        })
        .where(eq(mails.id, id))
        .returning();
      const { recipient, template, language, subject, text, html } = row!;
      attempts.push({ id, recipient, template, language, subject, text, html, attempt: row!.attempts });
    }
    return attempts;
  });
}

/** Notes that the server took the mail. What it says is forgotten, unless `keepContent`. */
export async function markSent(db: Db, mail: MailAttempt, keepContent: boolean): Promise<void> {
  const content = keepContent ? {} : { text: "", html: "", links: [] };
  await settle(db, mail, { state: "sent", sentAt: sql`now()`, lastError: null, ...content });
}

/** Notes that the attempt failed. Returns whether there will be another one. */
export async function markFailed(
  db: Db,
  mail: MailAttempt,
  failure: { reason: string; permanent: boolean },
): Promise<boolean> {
  const { reason: lastError, permanent } = failure;
  const again = !permanent && mail.attempt < mostAttempts;
  const wait = Math.min(firstRetrySeconds * 2 ** (mail.attempt - 1), longestRetrySeconds);
  const nextAttemptAt = sql`now() + make_interval(secs => ${wait})`;
  await settle(db, mail, again ? { lastError, nextAttemptAt } : { state: "failed", lastError });
  return again;
}

type Change = Parameters<ReturnType<Db["update"]>["set"]>[0];

/** Changes the mail, unless another sender has claimed it since. */
async function settle(db: Db, mail: MailAttempt, change: Change): Promise<void> {
  await withAllMails(db, async (tx) => {
    await tx
      .update(mails)
      .set(change)
      .where(and(eq(mails.id, mail.id), eq(mails.attempts, mail.attempt), eq(mails.state, "pending")));
  });
}
