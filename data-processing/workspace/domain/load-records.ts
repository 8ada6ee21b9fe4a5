import { APIError } from "encore.dev/api";
import type { JsonValue } from "../../../shared/json.js";
import type { DataSource, SourceTransaction } from "../../sources/data-source.js";
import { quoteIdentifier, quoteTable } from "../../sources/identifiers.js";
import type { LoadRecordsRequest, LoadRecordsResponse, WorkspaceEntity } from "../types.js";
import { findEntity, valueProblem } from "./entities.js";

const maxRecords = 5_000;

type InputRecord = Record<string, JsonValue>;

/**
 * Writes records by their keys, all or none: a key that is there takes the new values, and fields left out become
 * null. Throws `invalidArgument` that names the first record at fault.
 */
export async function loadRecords(
  workspace: DataSource,
  request: LoadRecordsRequest,
): Promise<LoadRecordsResponse> {
  const { records } = request;
  if (records.length > maxRecords)
    throw APIError.invalidArgument(`records: at most ${maxRecords} at a time.`);
  const entity = await findEntity(workspace, request.entity);
  checkRecords(entity, records);
  if (records.length === 0) return { inserted: 0, updated: 0, unchanged: 0 };
  try {
    return await workspace.begin((tx) => upsert(tx, workspace, entity, records));
  } catch (error) {
    const problem = valueProblem(error);
    if (problem === undefined) throw error;
    const at = await firstBad(workspace, entity, records);
    throw badRecord(at, problem);
  }
}

function checkRecords(entity: WorkspaceEntity, records: readonly InputRecord[]): void {
  const names = new Set(entity.fields.map((field) => field.name));
  const keys = new Map<string, number>();
  for (const [at, record] of records.entries()) {
    const unknown = Object.keys(record).find((name) => !names.has(name));
    if (unknown !== undefined) throw badRecord(at, `"${entity.name}" has no field "${unknown}".`);
    const missing = entity.primaryKey.find((name) => record[name] === undefined || record[name] === null);
    if (missing !== undefined) throw badRecord(at, `the key field "${missing}" has no value.`);
    const key = JSON.stringify(entity.primaryKey.map((name) => record[name]));
    const same = keys.get(key);
    if (same !== undefined) throw badRecord(at, `it has the key of records[${same}].`);
    keys.set(key, at);
  }
}

function badRecord(at: number, problem: string): APIError {
  return APIError.invalidArgument(`records[${at}]: ${problem}`).withDetails({
    reason: "bad_record",
    index: at,
  });
}

async function upsert(
  tx: SourceTransaction,
  workspace: DataSource,
  entity: WorkspaceEntity,
  records: readonly InputRecord[],
): Promise<LoadRecordsResponse> {
  const table = quoteTable({ schema: workspace.defaultSchema, table: entity.name });
  const columns = entity.fields.map((field) => quoteIdentifier(field.name));
  const others = entity.fields
    .filter((field) => !entity.primaryKey.includes(field.name))
    .map((field) => quoteIdentifier(field.name));
  const key = entity.primaryKey.map(quoteIdentifier).join(", ");
  const change =
    others.length === 0
      ? "DO NOTHING"
      : `DO UPDATE SET ${others.map((name) => `${name} = excluded.${name}`).join(", ")}
         WHERE (${others.map((name) => `t.${name}`).join(", ")}) IS DISTINCT FROM (${others.map((name) => `excluded.${name}`).join(", ")})`;
  const rows = await tx.unsafe<{ inserted: boolean }[]>(
    `INSERT INTO ${table} AS t (${columns.join(", ")})
     SELECT ${columns.map((name) => `r.${name}`).join(", ")} FROM jsonb_populate_recordset(NULL::${table}, $1::text::jsonb) r
     ON CONFLICT (${key}) ${change} RETURNING (xmax = 0) AS inserted`,
    [JSON.stringify(records)],
  );
  const inserted = rows.filter((row) => row.inserted).length;
  return { inserted, updated: rows.length - inserted, unchanged: records.length - rows.length };
}

/** The place of the first record that cannot be written, found by halving. */
async function firstBad(
  workspace: DataSource,
  entity: WorkspaceEntity,
  records: readonly InputRecord[],
): Promise<number> {
  let good = 0;
  let bad = records.length;
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (await canLoad(workspace, entity, records.slice(0, middle))) good = middle;
    else bad = middle;
  }
  return bad - 1;
}

class RollBack extends Error {}

async function canLoad(
  workspace: DataSource,
  entity: WorkspaceEntity,
  records: readonly InputRecord[],
): Promise<boolean> {
  try {
    await workspace.begin(async (tx) => {
      await upsert(tx, workspace, entity, records);
      throw new RollBack();
    });
  } catch (error) {
    if (error instanceof RollBack) return true;
    if (valueProblem(error) === undefined) throw error;
  }
  return false;
}
