import { and, asc, eq, gt } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import type { Db } from "../../db.js";
import { jobFailures, jobRecords } from "../../schema.js";
import type { DataSource } from "../../sources/data-source.js";
import { quoteIdentifier, quoteTable } from "../../sources/identifiers.js";
import { isRecordError, postgresError } from "../../sources/postgres-errors.js";
import type { RuleProblem } from "../types.js";
import type { JobRow } from "./job-rows.js";
import type { ConversionPlan, RecordResult } from "./plan.js";
import { sourceRecordNotFound } from "./reasons.js";
import { parseGivenId, recordIdSql } from "./record-id.js";
import { ProblemList } from "./rule-problems.js";

/** Most records that a job can be started on by their ids. */
export const maxRecordIds = 10_000;

/** A plan that leaves out the records for which the condition does not hold, or what is wrong with the condition. */
export function filteredPlan(
  plan: ConversionPlan,
  filter: string,
): { plan?: ConversionPlan; problems: RuleProblem[] } {
  const list = new ProblemList();
  const expr = list.condition("filter", filter, plan.fields);
  return expr ? { plan: { ...plan, filter: expr }, problems: [] } : { problems: list.problems };
}

/**
 * The records of a list, each once, under the ids that their table gives them; ids without a record stay as they are.
 * Throws `invalidArgument` for a list that is empty or too long, and for the first id that cannot be one.
 */
export async function resolveRecordIds(
  source: DataSource,
  plan: ConversionPlan,
  recordIds: readonly string[],
): Promise<string[]> {
  if (recordIds.length === 0 || recordIds.length > maxRecordIds) {
    throw APIError.invalidArgument(`recordIds: 1 to ${maxRecordIds} record ids.`).withDetails({
      reason: "bad_record_ids",
    });
  }
  const keys = recordIds.map((id, at) => keyAt(id, at, plan.source.recordKey.length));
  try {
    const found = await findRecords(source, plan, keys);
    return [...new Set(recordIds.map((id, at) => found[at] ?? id))];
  } catch (error) {
    if (!isRecordError(error)) throw error;
    const at = await firstRefused(source, plan, keys);
    throw badRecordIdAt(at, `"${recordIds[at]?.slice(0, 200)}": ${postgresError(error)!.message}.`);
  }
}

function keyAt(id: string, at: number, keyLength: number): string[] {
  try {
    return parseGivenId(id, keyLength);
  } catch (error) {
    throw error instanceof APIError ? badRecordIdAt(at, error.message) : error;
  }
}

function badRecordIdAt(at: number, problem: string): APIError {
  const path = `recordIds[${at}]`;
  return APIError.invalidArgument(`${path}: ${problem}`).withDetails({ reason: "bad_record_id", path });
}

/** The id of the record of each key; null where there is none. */
async function findRecords(
  source: DataSource,
  plan: ConversionPlan,
  keys: readonly string[][],
): Promise<(string | null)[]> {
  const names = plan.source.recordKey.map((name) => `s.${quoteIdentifier(name)}`);
  const same = names.map(
    (name, at) => `${name} = (q.k${at})::${plan.source.columns[plan.source.recordKey[at]!]!.castType}`,
  );
  const wanted = keys.map((key, ord) => ({
    ord,
    ...Object.fromEntries(key.map((value, at) => [`k${at}`, value])),
  }));
  const statement = `SELECT CASE WHEN ${names[0]} IS NOT NULL THEN ${recordIdSql(names)} END AS id
    FROM json_to_recordset($1::text::json) AS q(ord integer, ${names.map((_, at) => `k${at} text`).join(", ")})
    LEFT JOIN ${quoteTable(plan.source.table)} s ON ${same.join(" AND ")} ORDER BY q.ord`;
  const rows = await source.begin(
    (tx) => tx.unsafe<{ id: string | null }[]>(statement, [JSON.stringify(wanted)]).execute(),
    { readOnly: true },
  );
  return rows.map((row) => row.id);
}

/** Place of the first key that the database refuses, found by halving. */
async function firstRefused(
  source: DataSource,
  plan: ConversionPlan,
  keys: readonly string[][],
): Promise<number> {
  let from = 0;
  let to = keys.length;
  while (to - from > 1) {
    const middle = Math.floor((from + to) / 2);
    const refused = await findRecords(source, plan, keys.slice(from, middle)).then(
      () => false,
      (error: unknown) => {
        if (isRecordError(error)) return true;
        throw error;
      },
    );
    if (refused) to = middle;
    else from = middle;
  }
  return from;
}

/** The next records of a job that goes by a list, with the place of the last one; undefined at the list's end. */
export async function nextListed(
  tx: Db,
  { job }: JobRow,
  limit: number,
): Promise<{ ids: string[]; position: string[] } | undefined> {
  const after = Number(job.position?.[0] ?? 0);
  const { tenantId } = job;
  const rows =
    job.retryOf === null
      ? await tx
          .select({ id: jobRecords.sourceRecordId, place: jobRecords.place })
          .from(jobRecords)
          .where(
            and(eq(jobRecords.tenantId, tenantId), eq(jobRecords.jobId, job.id), gt(jobRecords.place, after)),
          )
          .orderBy(asc(jobRecords.place))
          .limit(limit)
      : await tx
          .select({ id: jobFailures.sourceRecordId, place: jobFailures.id })
          .from(jobFailures)
          .where(
            and(
              eq(jobFailures.tenantId, tenantId),
              eq(jobFailures.jobId, job.retryOf),
              gt(jobFailures.id, after),
            ),
          )
          .orderBy(asc(jobFailures.id))
          .limit(limit);
  const last = rows.at(-1);
  return last && { ids: rows.map((row) => row.id), position: [String(last.place)] };
}

/** The results of listed records, in which those that the source does not hold have failed. */
export function withMissing(
  plan: ConversionPlan,
  ids: readonly string[],
  results: readonly RecordResult[],
): RecordResult[] {
  const found = new Set(results.map((result) => result.sourceRecordId));
  const missing = ids
    .filter((id) => !found.has(id))
    .map((id): RecordResult => {
      const reason = sourceRecordNotFound(plan, id);
      return { key: [], sourceRecordId: id, outcome: "failed", action: "none", reason };
    });
  return [...results, ...missing];
}
