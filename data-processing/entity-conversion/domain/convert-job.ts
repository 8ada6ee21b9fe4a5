import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import { quoteTable } from "../../sources/identifiers.js";
import { closeConversion } from "./batch-ahead.js";
import { type Conversion, openConversion } from "./convert-batch.js";
import type { JobRow } from "./job-rows.js";
import { filteredPlan, nextListed, withMissing } from "./job-selection.js";
import type { JobBatch, JobWork } from "./job-work.js";
import { prepareRule, type RuleWorld } from "./prepare-rule.js";
import { parseRecordId } from "./record-id.js";
import { convertByRollout, type VersionPair } from "./rollout-batch.js";
import { findRollout } from "./rollout-rows.js";
import { brokenFilter, brokenRule } from "./rule-problems.js";
import { findRule } from "./rule-rows.js";
import { writeBackJournal } from "./write-back-journal.js";

const countTimeoutMs = 120_000;

/** Opens a job that converts records: its rule's version and, during a rollout, the one before. */
export async function openConvertJob(db: Db, world: RuleWorld, row: JobRow): Promise<JobWork> {
  const { tenantId, ruleId, ruleVersion } = row.job;
  const next = await openVersion(db, world, row, row.version);
  const earlier = await withTenant(db, tenantId, async (tx) => {
    const rollout = await findRollout(tx, tenantId, { ruleId, newVersion: ruleVersion });
    return rollout && rollout.state !== "finished"
      ? await findRule(tx, tenantId, ruleId, rollout.oldVersion)
      : undefined;
  });
  const old = earlier && (await openVersion(db, world, row, earlier.version));
  return {
    executor: next.executor,
    count: () => countRecords(next),
    next: (current, limit) => convertNext(db, { next, old }, { row: current, limit }),
    close: () => closeConversion(next),
  };
}

async function openVersion(
  db: Db,
  world: RuleWorld,
  { job }: JobRow,
  { version, definition }: JobRow["version"],
): Promise<Conversion> {
  const options = { journal: writeBackJournal(db, job.tenantId) };
  const rule = { ruleId: job.ruleId, ruleVersion: version, definition };
  const { plan, problems } = await prepareRule(world, rule);
  if (!plan) throw brokenRule(problems);
  if (job.filter === null) return await openConversion(plan, world.open, options);
  const filtered = filteredPlan(plan, job.filter);
  if (!filtered.plan) throw brokenFilter(filtered.problems);
  return await openConversion(filtered.plan, world.open, options);
}

async function countRecords({ source, plan }: Conversion): Promise<number> {
  const rows = await source.begin(
    (tx) =>
      tx
        .unsafe<{ total: string }[]>(`SELECT count(*)::text AS total FROM ${quoteTable(plan.source.table)}`)
        .execute(),
    { readOnly: true, statementTimeoutMs: countTimeoutMs },
  );
  return Number(rows[0]?.total ?? 0);
}

/** Converts the next records of the job: by their keys, or by its list. */
async function convertNext(
  db: Db,
  versions: VersionPair,
  { row, limit }: { row: JobRow; limit: number },
): Promise<JobBatch | undefined> {
  const { tenantId, id: jobId, recordCount } = row.job;
  const context = { tenantId, jobId };
  if (recordCount === null) {
    const range = { after: row.job.position ?? undefined, limit };
    const results = await convertByRollout(db, versions, range, context);
    const last = results.at(-1);
    return last && { results, position: last.key };
  }
  const listed = await withTenant(db, tenantId, (tx) => nextListed(tx, row, limit));
  if (!listed) return undefined;
  const { plan } = versions.next;
  const keys = listed.ids.map((id) => parseRecordId(id, plan.source.recordKey.length));
  const results = await convertByRollout(db, versions, { keys }, context);
  return { results: withMissing(plan, listed.ids, results), position: listed.position };
}
