import { APIError } from "encore.dev/api";
import type { JsonValue } from "../../../shared/json.js";
import { pageSize } from "../../../shared/pagination/cursor.js";
import { fieldSql, Parameters } from "../../entity-conversion/domain/column-sql.js";
import { recordFields } from "../../entity-conversion/domain/compile-rule.js";
import { checkExpression } from "../../entity-conversion/domain/expressions/check.js";
import { NotTranslatableError } from "../../entity-conversion/domain/expressions/expression.js";
import { toSql } from "../../entity-conversion/domain/expressions/to-sql.js";
import { columnOf } from "../../entity-conversion/domain/field-types.js";
import { parseGivenId, recordIdSql } from "../../entity-conversion/domain/record-id.js";
import { expressionProblem } from "../../entity-conversion/domain/rule-problems.js";
import type { DiscoveredEntity } from "../../schema-discovery/domain/entity.js";
import type { DataSource } from "../../sources/data-source.js";
import { parseExactJson } from "../../sources/exact-json.js";
import { quoteIdentifier, quoteTable } from "../../sources/identifiers.js";
import { isRecordError, postgresError } from "../../sources/postgres-errors.js";
import type { GetRecordRequest, ListRecordsRequest, ListRecordsResponse, WorkspaceRecord } from "../types.js";
import { orderRecords, typedSql } from "./record-order.js";

interface RecordRow {
  id: string;
  record: string;
}

interface PlacedRow extends RecordRow {
  place: string;
}

/** Records of an entity in the order of their keys or as asked for, those that the filter keeps. */
export async function listRecords(
  workspace: DataSource,
  entity: DiscoveredEntity,
  request: ListRecordsRequest,
): Promise<ListRecordsResponse> {
  const limit = pageSize(request.limit, { default: 100, max: 1_000 });
  const params = new Parameters(true);
  const { after = "true", ...order } = orderRecords(entity, request, params);
  const kept = request.filter === undefined ? "true" : filterSql(entity, request.filter, params);
  const rest = `WHERE ${after} AND ${kept} ORDER BY ${order.orderBy} LIMIT ${limit + 1}`;
  const rows = await query<PlacedRow>(workspace, `${selectSql(entity, order.place)} ${rest}`, params);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    records: page.map(toRecord),
    nextCursor: rows.length > limit && last ? order.cursorAfter(last.place) : undefined,
  };
}

/** One record. Throws `notFound`, also for an id that cannot be one of this entity. */
export async function getRecord(
  workspace: DataSource,
  entity: DiscoveredEntity,
  request: GetRecordRequest,
): Promise<WorkspaceRecord> {
  const params = new Parameters(true);
  const key = parseGivenId(request.recordId, entity.recordKey.length);
  const same = entity.recordKey.map(
    (name, at) => `s.${quoteIdentifier(name)} = ${typedSql(entity, name, params.plain(key[at]!))}`,
  );
  const statement = `${selectSql(entity)} WHERE ${same.join(" AND ")}`;
  const rows = await query<RecordRow>(workspace, statement, params).catch((error: unknown) => {
    if (error instanceof APIError && error.details?.reason === "filter_failed") return [];
    throw error;
  });
  const [row] = rows;
  if (row) return toRecord(row);
  throw APIError.notFound(
    `"${request.entity}" has no record "${request.recordId.slice(0, 200)}".`,
  ).withDetails({
    reason: "record_not_found",
  });
}

function selectSql({ table, recordKey }: DiscoveredEntity, place = "NULL"): string {
  const id = recordIdSql(recordKey.map((name) => `s.${quoteIdentifier(name)}`));
  return `SELECT ${id} AS id, to_jsonb(s.*)::text AS record, ${place} AS place FROM ${quoteTable(table)} s`;
}

async function query<TRow>(workspace: DataSource, statement: string, params: Parameters): Promise<TRow[]> {
  try {
    return await workspace.begin((tx) => tx.unsafe<TRow[]>(statement, params.values).execute(), {
      readOnly: true,
      statementTimeoutMs: 10_000,
    });
  } catch (error) {
    if (!isRecordError(error)) throw error;
    throw APIError.invalidArgument(`filter: ${postgresError(error)!.message}.`).withDetails({
      reason: "filter_failed",
    });
  }
}

function filterSql(entity: DiscoveredEntity, filter: string, params: Parameters): string {
  const fields = recordFields(entity);
  try {
    const expr = checkExpression(filter, fields);
    if (expr.type !== "bool")
      throw APIError.invalidArgument(`filter: a condition must be bool, this is ${expr.type}.`);
    const field = (index: number) => {
      const { name } = fields[index]!;
      return fieldSql(`s.${quoteIdentifier(name)}`, columnOf(entity, name)!);
    };
    return `(${toSql(expr, { unicodeCase: true, field, text: (text) => params.text(text) })})`;
  } catch (error) {
    if (error instanceof APIError) throw error;
    if (error instanceof NotTranslatableError) throw APIError.invalidArgument(`filter: ${error.message}.`);
    const problem = expressionProblem("filter", filter, error);
    const at = `line ${problem.position?.line}, column ${problem.position?.column}`;
    throw APIError.invalidArgument(`filter (${at}): ${problem.message}`).withDetails({
      reason: problem.code,
      problems: [{ ...problem }],
    });
  }
}

function toRecord(row: RecordRow): WorkspaceRecord {
  return { recordId: row.id, fields: parseExactJson(row.record) as Record<string, JsonValue> };
}
