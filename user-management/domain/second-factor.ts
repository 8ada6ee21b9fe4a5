import { createHash } from "node:crypto";
import { and, eq, gt, sql } from "drizzle-orm";
import type { Db } from "../db.js";
import { people, signInFailures, twoFactors, verifications } from "../schema.js";
import type { HttpHeader } from "../types.js";

const cookiePattern = /(?:^|;\s*)(?:__Secure-)?axion\.two_factor=([^;]+)/;

/** Who gave the right password and is asked for a second factor: the cookie of that moment says so. */
export async function pendingPerson(db: Db, headers: HttpHeader[]): Promise<string | undefined> {
  const cookies = headers.find(({ name }) => name.toLowerCase() === "cookie")?.value ?? "";
  const [identifier] = cookiePattern.exec(cookies)?.[1]?.split(".") ?? [];
  if (identifier === undefined) return undefined;
  const [row] = await db
    .select({ person: verifications.value })
    .from(verifications)
    .where(and(eq(verifications.identifier, identifier), gt(verifications.expiresAt, sql`now()`)));
  return row?.person;
}

/** Whether the person signs in with a second factor. */
export async function hasSecondFactor(db: Db, personId: string): Promise<boolean> {
  const [row] = await db
    .select({ enabled: people.twoFactorEnabled })
    .from(people)
    .where(eq(people.id, personId));
  return row?.enabled ?? false;
}

/**
 * Uses up a code of an authenticator app; says whether it was still unused. A code signs in once (RFC 6238, 5.2): who
 * saw one being typed cannot use it again while its time runs.
 */
export async function spendCode(db: Db, personId: string, code: string): Promise<boolean> {
  const subject = createHash("sha256").update(`code:${personId}:${code}`).digest("base64url");
  const spent = await db
    .insert(signInFailures)
    .values({ subject, failures: 1, lastFailureAt: sql`now()` })
    .onConflictDoUpdate({
      target: signInFailures.subject,
      set: { lastFailureAt: sql`now()` },
      setWhere: sql`${signInFailures.lastFailureAt} < now() - interval '2 minutes'`,
    })
    .returning({ subject: signInFailures.subject });
  return spent.length > 0;
}

/** Seconds for which no code of the person is looked at, after too many wrong ones; undefined where codes are. */
export async function secondFactorLock(db: Db, personId: string): Promise<number | undefined> {
  const seconds = sql<number>`ceil(extract(epoch from ${twoFactors.lockedUntil} - now()))::int`;
  const [row] = await db
    .select({ seconds })
    .from(twoFactors)
    .where(and(eq(twoFactors.userId, personId), gt(twoFactors.lockedUntil, sql`now()`)));
  return row?.seconds;
}
