import { z } from "zod";
import { decodeCursor, encodeCursor, pageSize } from "../../../shared/pagination/cursor.js";
import { readSort } from "../../../shared/pagination/read-sort.js";
import type { DataSource } from "../../sources/data-source.js";
import { formatEntityName } from "../../sources/identifiers.js";
import type { ListEntitiesRequest, ListEntitiesResponse } from "../types.js";
import { kindOfRelation } from "./catalogue-rows.js";
import { ownRelations } from "./catalogue-sql.js";

const listTimeoutMs = 10_000;

interface SummaryRow {
  schema: string;
  table: string;
  relkind: "r" | "p" | "v" | "m" | "f";
  fields: number;
  rows: number | null;
  comment: string | null;
}

/** Tables and views that the source lets read, by schema and name, in one query. */
export async function listEntities(
  source: DataSource,
  request: ListEntitiesRequest,
): Promise<ListEntitiesResponse> {
  const limit = pageSize(request.limit, { default: 100, max: 500 });
  const { sort = "entityType", cursor } = request;
  const [beyond, direction] = readSort(sort, ["entityType"]).falling ? ["<", "DESC"] : [">", "ASC"];
  const cursorSchema = z.object({ sort: z.literal(sort), schema: z.string(), table: z.string() });
  const after = cursor === undefined ? undefined : decodeCursor(cursor, cursorSchema);
  const search = request.search?.toLowerCase() ?? "";
  const onlySchema = source.kind === "workspace" ? source.defaultSchema : "";
  const rows = await source.begin(
    (tx) => tx<SummaryRow[]>`
      SELECT n.nspname AS schema, c.relname AS table,
        c.relkind AS relkind,
        (SELECT count(*)::integer FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS fields,
        CASE WHEN c.reltuples >= 0 AND c.relkind <> 'v' THEN c.reltuples::float8 END AS rows,
        obj_description(c.oid, 'pg_class') AS comment
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND ${tx.unsafe(ownRelations)}
        AND (${onlySchema} = '' OR n.nspname = ${onlySchema})
        AND strpos(lower(c.relname), ${search}) > 0
        AND ${after === undefined ? tx`true` : tx`(n.nspname, c.relname) ${tx.unsafe(beyond)} (${after.schema}::name, ${after.table}::name)`}
        AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
      ORDER BY n.nspname ${tx.unsafe(direction)}, c.relname ${tx.unsafe(direction)} LIMIT ${limit + 1}`,
    { readOnly: true, statementTimeoutMs: listTimeoutMs },
  );
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    entities: page.map((row) => ({
      entityType: formatEntityName(row, source.defaultSchema),
      ...kindOfRelation(row.relkind),
      fieldCount: row.fields,
      estimatedRows: row.rows ?? undefined,
      comment: row.comment ?? undefined,
    })),
    nextCursor:
      rows.length > limit && last
        ? encodeCursor({ sort, schema: last.schema, table: last.table })
        : undefined,
  };
}
