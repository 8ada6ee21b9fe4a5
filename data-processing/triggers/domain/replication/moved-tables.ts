import { withTenant } from "../../../../shared/tenancy/with-tenant.js";
import type { DataSource } from "../../../sources/data-source.js";
import { quoteTable, type TableName } from "../../../sources/identifiers.js";
import type { CaptureWorld } from "../capture-workspace.js";
import { warnOfCapture } from "../tell-capture.js";
import { captureName } from "./slot.js";

/** Tables of a data source that automatic rules stand on: those of its publication, and those that were not there. */
interface FollowedTables {
  published: readonly TableName[];
  missing: readonly TableName[];
}

/**
 * Whether the capture of a data source must begin anew, since its tables are not those that it began with: one that was
 * missing is there, or one that was published was renamed, dropped or made anew. The latter is told of, since changes of the
 * table were not noticed meanwhile.
 */
export async function haveMoved(
  on: Pick<CaptureWorld, "db">,
  data: DataSource,
  tables: FollowedTables,
): Promise<boolean> {
  if (tables.missing.length + tables.published.length === 0) return false;
  const { tenantId, name: source } = data;
  const slot = captureName(tenantId, source);
  const found = await findTables(data, slot, tables);
  const gone = tables.published.filter((table) => !found.has(textOf(table)));
  if (gone.length > 0) {
    const names = gone.map(quoteTable).join(", ");
    const warning = {
      reason: "changes_lost" as const,
      message: `Tables of "${source}" were renamed, dropped or made anew: ${names}. Changes that were made to them meanwhile start nothing: convert those records by a job.`,
    };
    await withTenant(on.db, tenantId, (tx) => warnOfCapture(tx, { tenantId, source, slot }, warning));
  }
  return gone.length > 0 || tables.missing.some((table) => found.has(textOf(table)));
}

/** Tables of the publication, and those of the missing ones that are there. */
async function findTables(
  data: DataSource,
  publication: string,
  { missing }: FollowedTables,
): Promise<Set<string>> {
  const asked = JSON.stringify(missing.map(textOf));
  const rows = await data.begin(
    (tx) => tx<{ schema: string; table: string }[]>`
      SELECT schemaname AS schema, tablename AS table FROM pg_publication_tables WHERE pubname = ${publication}
      UNION ALL
      SELECT m::json ->> 0, m::json ->> 1 FROM json_array_elements_text(${asked}::text::json) m
      WHERE to_regclass(format('%I.%I', m::json ->> 0, m::json ->> 1)) IS NOT NULL`,
    { readOnly: true },
  );
  return new Set(rows.map(textOf));
}

const textOf = ({ schema, table }: TableName): string => JSON.stringify([schema, table]);
