import { createHash } from "node:crypto";
import { eq, sql } from "drizzle-orm";
import type { Db } from "../db.js";
import { signInFailures } from "../schema.js";

/** What is guarded against guessing, and how many failures are free. */
export interface GuardedSubject {
  key: string;
  freeFailures: number;
}

/** Failures of an account after which it is told of as locked. */
export const lockedAfter = 10;

const freeFailuresOfAccount = 4;
const freeFailuresOfAddress = 50;
const longestBlockSeconds = 15 * 60;

/** Guards one account, whether it exists or not. */
export function accountSubject(email: string): GuardedSubject {
  return { key: digest(`account:${email.trim().toLowerCase()}`), freeFailures: freeFailuresOfAccount };
}

/** Guards all accounts against one network address. */
export function addressSubject(address: string): GuardedSubject {
  return { key: digest(`address:${address}`), freeFailures: freeFailuresOfAddress };
}

function digest(value: string): string {
  return createHash("sha256").update(value).digest("base64url");
}

/** Seconds that further attempts wait after so many failures: none at first, then twice as long each time. */
export function blockSeconds(failures: number, freeFailures: number): number {
  if (failures <= freeFailures) return 0;
  if (failures >= lockedAfter + freeFailures - freeFailuresOfAccount) return longestBlockSeconds;
  return 2 ** (failures - freeFailures - 1);
}

/** Whether an attempt may be made; where not, in how many seconds. */
export type Attempt = { allowed: true; failures: number } | { allowed: false; retryAfterSeconds: number };

/**
 * Counts an attempt as failed before it is made, so that attempts at the same time, on any instance, count one by
 * one. Afterwards `forgetFailures` or `takeBack` corrects it. Failures are forgotten after an hour without one.
 */
export async function beginAttempt(db: Db, subject: GuardedSubject): Promise<Attempt> {
  const { failures, blockedUntil, lastFailureAt } = signInFailures;
  return await db.transaction(async (tx) => {
    const counted = await tx
      .insert(signInFailures)
      .values({ subject: subject.key, failures: 1, lastFailureAt: sql`now()` })
      .onConflictDoUpdate({
        target: signInFailures.subject,
        set: {
          failures: sql`case when ${lastFailureAt} < now() - interval '1 hour' then 1 else ${failures} + 1 end`,
          lastFailureAt: sql`now()`,
        },
        setWhere: sql`${blockedUntil} is null or ${blockedUntil} <= now()`,
      })
      .returning({ failures });
    const count = counted[0]?.failures;
    if (count === undefined) {
      const [row] = await tx
        .select({ seconds: sql<number>`greatest(1, ceil(extract(epoch from ${blockedUntil} - now())))::int` })
        .from(signInFailures)
        .where(eq(signInFailures.subject, subject.key));
      return { allowed: false, retryAfterSeconds: row?.seconds ?? 1 };
    }
    const seconds = blockSeconds(count, subject.freeFailures);
    if (seconds > 0) {
      await tx
        .update(signInFailures)
        .set({ blockedUntil: sql`now() + make_interval(secs => ${seconds})` })
        .where(eq(signInFailures.subject, subject.key));
    }
    return { allowed: true, failures: count };
  });
}

/** After a success: nothing is held against the subject any more. */
export async function forgetFailures(db: Db, subject: GuardedSubject): Promise<void> {
  await db.delete(signInFailures).where(eq(signInFailures.subject, subject.key));
}

/** After an attempt that turned out to be none, or that speaks for one account alone: it does not count. */
export async function takeBack(db: Db, subject: GuardedSubject): Promise<void> {
  await db
    .update(signInFailures)
    .set({ failures: sql`greatest(0, ${signInFailures.failures} - 1)`, blockedUntil: null })
    .where(eq(signInFailures.subject, subject.key));
}

/** Forgets subjects that nobody failed at for a day. */
export async function forgetOldFailures(db: Db): Promise<void> {
  await db.delete(signInFailures).where(sql`${signInFailures.lastFailureAt} < now() - interval '1 day'`);
}
