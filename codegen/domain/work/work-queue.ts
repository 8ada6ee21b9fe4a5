import { and, eq, inArray, sql } from "drizzle-orm";
import type { Db } from "../../db.js";
import { type WorkKind, workQueue } from "../../schema.js";

/** A worker that shows no life for so long has lost its work. */
const leaseSeconds = 10;

/** A worker's hold on a piece of work. A newer claim has more attempts. */
export interface WorkClaim {
  id: string;
  tenantId: string;
  projectId: string;
  kind: WorkKind;
  attempts: number;
}

/** Thrown where another worker has taken the work over: this one writes no more. */
export class WorkLostError extends Error {
  constructor({ kind, id }: WorkClaim) {
    super(`The ${kind} ${id} was taken over by another worker.`);
    this.name = "WorkLostError";
  }
}

const leaseEnd = sql`now() + make_interval(secs => ${leaseSeconds})`;

/** Adds work, in the transaction of what asks for it. `dueAt`: not before. */
export async function enqueueWork(
  tx: Db,
  work: { id: string; tenantId: string; projectId: string; kind: WorkKind; host?: string; dueAt?: Date },
): Promise<void> {
  const { dueAt, ...row } = work;
  const values = {
    ...row,
    leaseEndsAt: dueAt ?? null,
    attempts: 0,
    cancelRequested: false,
    done: 0,
    total: 0,
  };
  await tx.insert(workQueue).values(values).onConflictDoUpdate({ target: workQueue.id, set: values });
}

/**
 * Claims work of one of these kinds that nobody holds: not begun, or its worker has died. Tenants who have the least
 * under way come first; a project is worked on in the order of its requests, one of a kind at a time.
 */
export async function claimWork(
  db: Db,
  wanted: { kinds: WorkKind[]; host: string },
): Promise<WorkClaim | undefined> {
  return await db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended('axion codegen claims', 0))`);
    const kinds = sql.join(
      wanted.kinds.map((kind) => sql`${kind}`),
      sql`, `,
    );
    const [free] = await tx.execute<{ id: string }>(sql`
      select w.id from work_queue w
      where w.kind in (${kinds}) and (w.host is null or w.host = ${wanted.host})
        and (w.lease_ends_at is null or w.lease_ends_at < now())
        and not exists (
          select from work_queue o where o.project_id = w.project_id and o.kind = w.kind and o.id <> w.id
            and w.kind in ('generation', 'deployment')
            and (o.lease_ends_at > now() or (o.enqueued_at, o.id) < (w.enqueued_at, w.id)))
      order by (select count(*) from work_queue r where r.tenant_id = w.tenant_id and r.kind = w.kind
                and r.lease_ends_at > now()), w.enqueued_at, w.id
      limit 1`);
    if (free === undefined) return undefined;
    const [claim] = await tx
      .update(workQueue)
      .set({ leaseEndsAt: leaseEnd, attempts: sql`${workQueue.attempts} + 1` })
      .where(eq(workQueue.id, free.id))
      .returning();
    return claim;
  });
}

/** Prolongs a claim; says whether it is still this worker's, and whether the work is to be given up. */
export async function renewClaim(db: Db, claim: WorkClaim): Promise<{ held: boolean; cancelled: boolean }> {
  const [row] = await db
    .update(workQueue)
    .set({ leaseEndsAt: leaseEnd })
    .where(heldBy(claim))
    .returning({ cancelled: workQueue.cancelRequested });
  return { held: row !== undefined, cancelled: row?.cancelled ?? false };
}

/** Says how far the work is. */
export async function tellProgress(db: Db, claim: WorkClaim, done: number, total: number): Promise<void> {
  await db.update(workQueue).set({ done, total }).where(heldBy(claim));
}

/** Locks the claim for the running transaction. Throws `WorkLostError` where it is no longer the newest. */
export async function requireClaim(tx: Db, claim: WorkClaim): Promise<{ cancelRequested: boolean }> {
  const [row] = await tx
    .select({ cancelRequested: workQueue.cancelRequested })
    .from(workQueue)
    .where(heldBy(claim))
    .for("update");
  if (row === undefined) throw new WorkLostError(claim);
  return row;
}

/** The work is done: it leaves the queue, in the transaction that records its outcome. Says whether it was to be given up. */
export async function finishWork(tx: Db, claim: WorkClaim): Promise<{ cancelRequested: boolean }> {
  const held = await requireClaim(tx, claim);
  await tx.delete(workQueue).where(eq(workQueue.id, claim.id));
  return held;
}

/** Gives work back: it is done at once by whoever is free, or when it is due. */
export async function releaseWork(db: Db, claim: WorkClaim, dueAt: Date | null = null): Promise<void> {
  await db.update(workQueue).set({ leaseEndsAt: dueAt }).where(heldBy(claim));
}

/** How far generations and deployments are that wait or are worked on. */
export async function progressOf(
  tx: Db,
  tenantId: string,
  ids: string[],
): Promise<Map<string, { done: number; total: number }>> {
  if (ids.length === 0) return new Map();
  const { id, done, total } = workQueue;
  const rows = await tx
    .select({ id, done, total })
    .from(workQueue)
    .where(and(eq(workQueue.tenantId, tenantId), inArray(workQueue.id, ids)));
  return new Map(rows.map((row) => [row.id, row]));
}

function heldBy({ id, kind, attempts }: WorkClaim) {
  return and(eq(workQueue.id, id), eq(workQueue.kind, kind), eq(workQueue.attempts, attempts));
}
