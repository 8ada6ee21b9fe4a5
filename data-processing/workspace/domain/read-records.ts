import { APIError } from "encore.dev/api";
import { z } from "zod";
import type { JsonValue } from "../../../shared/json.js";
import { decodeCursor, encodeCursor, pageSize } from "../../../shared/pagination/cursor.js";
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

const cursorSchema = z.object({ after: z.string() });

interface RecordRow {
  id: string;
  record: string;
}

/** Records of an entity in the order of their keys, those that the filter keeps. */
export async function listRecords(
  workspace: DataSource,
  entity: DiscoveredEntity,
  request: ListRecordsRequest,
): Promise<ListRecordsResponse> {
  const limit = pageSize(request.limit, { default: 100, max: 1_000 });
  const params = new Parameters(true);
  const conditions: string[] = [];
  if (request.cursor !== undefined)
    conditions.push(afterSql(entity, decodeCursor(request.cursor, cursorSchema).after, params));
  if (request.filter !== undefined) conditions.push(filterSql(entity, request.filter, params));
  const where = conditions.length > 0 ? `WHERE ${conditions.join(" AND ")}` : "";
  const order = entity.recordKey.map((name) => `s.${quoteIdentifier(name)}`).join(", ");
  const rows = await query(workspace, entity, `${where} ORDER BY ${order} LIMIT ${limit + 1}`, params);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    records: page.map(toRecord),
    nextCursor: rows.length > limit && last ? encodeCursor({ after: last.id }) : undefined,
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
    (name, at) => `s.${quoteIdentifier(name)} = ${typed(entity, name, key[at]!, params)}`,
  );
  const rows = await query(workspace, entity, `WHERE ${same.join(" AND ")}`, params).catch(
    (error: unknown) => {
      if (error instanceof APIError && error.details?.reason === "filter_failed") return [];
      throw error;
    },
  );
  const [row] = rows;
  if (row) return toRecord(row);
  throw APIError.notFound(
    `"${request.entity}" has no record "${request.recordId.slice(0, 200)}".`,
  ).withDetails({
    reason: "record_not_found",
  });
}

async function query(
  workspace: DataSource,
  entity: DiscoveredEntity,
  rest: string,
  params: Parameters,
): Promise<RecordRow[]> {
  const id = recordIdSql(entity.recordKey.map((name) => `s.${quoteIdentifier(name)}`));
  const statement = `SELECT ${id} AS id, to_jsonb(s.*)::text AS record FROM ${quoteTable(entity.table)} s ${rest}`;
  try {
    return await workspace.begin((tx) => tx.unsafe<RecordRow[]>(statement, params.values).execute(), {
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

function afterSql(entity: DiscoveredEntity, recordId: string, params: Parameters): string {
  const key = parseGivenId(recordId, entity.recordKey.length);
  const columns = entity.recordKey.map((name) => `s.${quoteIdentifier(name)}`).join(", ");
  const values = entity.recordKey.map((name, at) => typed(entity, name, key[at]!, params)).join(", ");
  return `(${columns}) > (${values})`;
}

function typed(entity: DiscoveredEntity, name: string, value: string, params: Parameters): string {
  return `(${params.plain(value)})::${entity.columns[name]!.castType}`;
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
