import { randomUUID } from "node:crypto";
import { and, eq, inArray, lt, or, sql } from "drizzle-orm";
import { withTenant } from "../../shared/tenancy/with-tenant.js";
import type { Db } from "../db.js";
import { idempotentRequests } from "../schema.js";
import { hashOfKey, type KeyOwner, openAnswer, sealAnswer } from "./sealed-answer.js";

/** A run that shows no life for so long is taken for dead. */
export const leaseSeconds = 60;
const keptHours = 24;
/** Larger answers are not kept: a repetition is told that the request was carried out. */
const maxAnswerLength = 64 * 1024;
const expiredAtOnce = 50;

/** A request with an `Idempotency-Key`. */
export interface KeyedRequest extends KeyOwner {
  key: string;
  /** Hash of what is asked for: endpoint, path and payload. */
  fingerprint: string;
  /** Whether carrying it out twice comes to the same, so that it may be run again where its run died. */
  repeatable: boolean;
}

/** What is known of a key when a request with it comes. */
export type Claim =
  | { outcome: "run"; run: string }
  | { outcome: "running"; retryAfterSeconds: number }
  | { outcome: "other-request" }
  /** Its run died, and nobody knows whether it took effect. */
  | { outcome: "unknown" }
  | { outcome: "done"; answer: string | undefined };

/** Takes the key for this request, or tells what became of the one that has it. */
export async function claimKey(db: Db, request: KeyedRequest): Promise<Claim> {
  const { tenantId, fingerprint, repeatable } = request;
  const keyHash = hashOfKey(request, request.key);
  return await withTenant(db, tenantId, async (tx) => {
    await removeExpired(tx);
    const run = randomUUID();
    const taken = await tx
      .insert(idempotentRequests)
      .values({ tenantId, keyHash, fingerprint, run, leaseUntil: leaseEnd, expiresAt: expiry })
      .onConflictDoUpdate({
        target: [idempotentRequests.tenantId, idempotentRequests.keyHash],
        set: { fingerprint, run, state: "running", answer: null, leaseUntil: leaseEnd, expiresAt: expiry },
        setWhere: or(
          lt(idempotentRequests.expiresAt, sql`now()`),
          and(
            sql`${repeatable}::boolean`,
            eq(idempotentRequests.state, "running"),
            eq(idempotentRequests.fingerprint, fingerprint),
            lt(idempotentRequests.leaseUntil, sql`now()`),
          ),
        ),
      })
      .returning({ run: idempotentRequests.run });
    if (taken.length > 0) return { outcome: "run", run };
    const [row] = await tx
      .select({
        fingerprint: idempotentRequests.fingerprint,
        state: idempotentRequests.state,
        answer: idempotentRequests.answer,
        seconds: sql<number>`ceil(extract(epoch from ${idempotentRequests.leaseUntil} - now()))::int`,
      })
      .from(idempotentRequests)
      .where(eq(idempotentRequests.keyHash, keyHash));
    // Given back between the two statements: the request that had it was refused and left no trace.
    if (row === undefined) return { outcome: "running", retryAfterSeconds: 1 };
    if (row.fingerprint !== fingerprint) return { outcome: "other-request" };
    if (row.state === "running" && row.seconds <= 0 && !repeatable) return { outcome: "unknown" };
    if (row.state === "running")
      return { outcome: "running", retryAfterSeconds: Math.max(1, Math.min(row.seconds, 5)) };
    return {
      outcome: "done",
      answer: row.answer === null ? undefined : openAnswer(request, request.key, row.answer),
    };
  });
}

/** Keeps the answer of a run for those who repeat the request, unless another run took over. */
export async function keepAnswer(db: Db, request: KeyedRequest, run: string, answer: string): Promise<void> {
  const kept = answer.length > maxAnswerLength ? null : sealAnswer(request, request.key, answer);
  await onRun(db, request, run, (tx, isRun) =>
    tx.update(idempotentRequests).set({ state: "done", answer: kept, expiresAt: expiry }).where(isRun),
  );
}

/** Tells that a run still lives. */
export async function extendLease(db: Db, request: KeyedRequest, run: string): Promise<void> {
  await onRun(db, request, run, (tx, isRun) =>
    tx.update(idempotentRequests).set({ leaseUntil: leaseEnd }).where(isRun),
  );
}

/** Gives the key back: the run had no effect, or none that is known. */
export async function releaseKey(db: Db, request: KeyedRequest, run: string): Promise<void> {
  await onRun(db, request, run, (tx, isRun) => tx.delete(idempotentRequests).where(isRun));
}

const leaseEnd = sql`now() + ${leaseSeconds} * interval '1 second'`;
const expiry = sql`now() + ${keptHours} * interval '1 hour'`;

async function onRun(
  db: Db,
  request: KeyedRequest,
  run: string,
  write: (tx: Db, isRun: ReturnType<typeof and>) => PromiseLike<unknown>,
): Promise<void> {
  const keyHash = hashOfKey(request, request.key);
  await withTenant(db, request.tenantId, async (tx) => {
    await write(tx, and(eq(idempotentRequests.keyHash, keyHash), eq(idempotentRequests.run, run)));
  });
}

/** Takes out some of the tenant's keys that have served their time; each claim removes more than it adds. */
async function removeExpired(tx: Db): Promise<void> {
  const expired = tx
    .select({ keyHash: idempotentRequests.keyHash })
    .from(idempotentRequests)
    .where(lt(idempotentRequests.expiresAt, sql`now()`))
    .limit(expiredAtOnce)
    .for("update", { skipLocked: true });
  await tx.delete(idempotentRequests).where(inArray(idempotentRequests.keyHash, expired));
}
