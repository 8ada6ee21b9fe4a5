import { and, eq, type SQL, sql } from "drizzle-orm";
import type { Db } from "../../db.js";
import { jobQueue } from "../../schema.js";

/** Postgres channel that wakes the workers. */
export const jobChannel = "axion_jobs";

/** A lease is lost after so long without a sign of life. */
const leaseSeconds = 8;

/** A worker's hold on a job. A newer claim has a higher fence. */
export interface JobClaim {
  jobId: string;
  tenantId: string;
  owner: bigint;
  fence: number;
}

/** Thrown where another worker has taken the job over: this one writes no more. */
export class LeaseLostError extends Error {
  constructor(jobId: string) {
    super(`The job ${jobId} was taken over by another worker.`);
    this.name = "LeaseLostError";
  }
}

/** Someone works on the queue row `name`: its lease runs, and the owner's session still holds its advisory lock. */
function alive(name: string): SQL {
  const row = sql.identifier(name);
  return sql`(${row}.owner is not null and ${row}.lease_ends_at > now() and exists (
    select from pg_locks l where l.locktype = 'advisory' and l.objsubid = 1 and l.granted
      and l.database = (select oid from pg_database where datname = current_database())
      and ((l.classid::bigint << 32) | l.objid::bigint) = ${row}.owner))`;
}

const mostRounds = 100;
/** Tenants that are looked at for the next job. */
const mostTenants = 1_000;

function textArray(values: string[]): SQL {
  return sql`(select coalesce(array_agg(v), '{}') from jsonb_array_elements_text(${JSON.stringify(values)}::text::jsonb) v)`;
}

interface Candidate extends Record<string, unknown> {
  job_id: string;
  tenant_id: string;
  running: number;
}

/**
 * The job that each tenant would run next, of those nobody works on: tenants with few running jobs first, then who has
 * waited longest, so that one tenant's many jobs hide no other's. `refused` tenants have none. A rule's jobs run one after
 * another.
 */
async function candidates(db: Db, refused: string[]): Promise<Candidate[]> {
  const rows = await db.execute<Candidate>(sql`
    select n.job_id, n.tenant_id,
      (select count(*)::integer from job_queue r where r.tenant_id = n.tenant_id and ${alive("r")}) as running
    from (
      select distinct on (q.tenant_id) q.job_id, q.tenant_id, q.waiting_since
      from job_queue q
      where not q.paused and not ${alive("q")} and q.tenant_id <> all(${textArray(refused)}::text[]) and not exists (
        select from job_queue r
        where r.tenant_id = q.tenant_id and r.rule_id = q.rule_id and r.job_id <> q.job_id and not r.paused
          and (${alive("r")} or (r.enqueued_at, r.job_id) < (q.enqueued_at, q.job_id)))
      order by q.tenant_id, q.waiting_since, q.job_id
    ) n
    order by running, n.waiting_since limit ${mostTenants}`);
  return [...rows];
}

/**
 * Claims a job that nobody works on: one not begun, or one whose worker has died. `limitOf` is how many jobs a tenant
 * runs at the same time.
 */
export async function claimJob(
  db: Db,
  owner: bigint,
  limitOf: (tenantId: string) => Promise<number>,
): Promise<JobClaim | undefined> {
  const limits = new Map<string, number>();
  const refused: string[] = [];
  // Jobs of tenants that may run none must not hide those of the others.
  for (let round = 0; ; round++) {
    const waiting = await candidates(db, refused);
    if (waiting.length === 0 || round === mostRounds) return undefined;
    for (const { tenant_id } of waiting) {
      if (limits.has(tenant_id)) continue;
      const limit = await limitOf(tenant_id);
      limits.set(tenant_id, limit);
      if (limit === 0) refused.push(tenant_id);
    }
    if (waiting.some(({ tenant_id }) => limits.get(tenant_id) !== 0)) break;
  }
  return await db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended('axion job claims', 0))`);
    const free = (await candidates(tx, refused)).find(
      (job) => job.running < (limits.get(job.tenant_id) ?? 0),
    );
    if (!free) return undefined;
    const [row] = await tx
      .update(jobQueue)
      .set({ owner, fence: sql`${jobQueue.fence} + 1`, leaseEndsAt: leaseEnd })
      .where(eq(jobQueue.jobId, free.job_id))
      .returning({ fence: jobQueue.fence });
    return row && { jobId: free.job_id, tenantId: free.tenant_id, owner, fence: row.fence };
  });
}

const leaseEnd = sql`now() + make_interval(secs => ${leaseSeconds})`;

/** Prolongs the leases of all jobs that a worker holds. */
export async function renewLeases(db: Db, owner: bigint): Promise<void> {
  await db.update(jobQueue).set({ leaseEndsAt: leaseEnd }).where(eq(jobQueue.owner, owner));
}

/** Locks the queue row for the running transaction. Throws `LeaseLostError` where the claim is no longer the newest. */
export async function requireClaim(tx: Db, claim: JobClaim): Promise<void> {
  const [row] = await tx
    .select({ fence: jobQueue.fence })
    .from(jobQueue)
    .where(and(eq(jobQueue.jobId, claim.jobId), eq(jobQueue.tenantId, claim.tenantId)))
    .for("update");
  if (row?.fence !== claim.fence) throw new LeaseLostError(claim.jobId);
}

/** Gives a job back, so that another worker goes on with it at once. */
export async function releaseJob(db: Db, claim: JobClaim): Promise<void> {
  await db.transaction(async (tx) => {
    await tx
      .update(jobQueue)
      .set({ owner: null, leaseEndsAt: null })
      .where(and(eq(jobQueue.jobId, claim.jobId), eq(jobQueue.fence, claim.fence)));
    await tx.execute(sql`select pg_notify(${jobChannel}, '')`);
  });
}
