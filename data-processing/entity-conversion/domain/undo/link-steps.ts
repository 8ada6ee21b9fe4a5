import { z } from "zod";
import type { SourceTransaction } from "../../../sources/data-source.js";
import { linkColumns, linkColumnsOf } from "../link-history.js";

/** Whose links are meant: the records of one rule's source entity. */
export interface LinkScope {
  tenantId: string;
  ruleId: string;
  /** Data source and entity: `workspace/cities`. */
  sourceEntity: string;
}

/** One conversion of a record into one target record: its link, or one that was overwritten or undone. */
export interface LinkStep {
  sourceKey: string;
  /** Name of the related record; empty for the rule's target. */
  part: string;
  targetEntity: string;
  targetKey: string;
  ruleVersion: number;
  jobId: string | null;
  action: "create" | "update";
  /** The target record before, as JSON text; null where it was created. */
  before: string | null;
  afterHash: string | null;
  /** When it was written: equal for all parts of one conversion. */
  at: string;
  /** Place in the history; null for the link in force. */
  historyId: string | null;
  undoneBy: string | null;
}

const stepRow = z.object({
  sourceKey: z.string(),
  part: z.string(),
  targetEntity: z.string(),
  targetKey: z.string(),
  ruleVersion: z.int(),
  jobId: z.string().nullable(),
  action: z.enum(["create", "update"]),
  before: z.string().nullable(),
  afterHash: z.string().nullable(),
  at: z.string(),
  historyId: z.string().nullable(),
  undoneBy: z.string().nullable(),
});

const fields = (
  alias: string,
) => `${alias}.source_key AS "sourceKey", ${alias}.part, ${alias}.target_entity AS "targetEntity",
  ${alias}.target_key AS "targetKey", ${alias}.rule_version AS "ruleVersion", ${alias}.job_id::text AS "jobId", ${alias}.action,
  ${alias}.before_image::text AS before, ${alias}.after_hash::text AS "afterHash", ${alias}.updated_at::text AS at`;

const scoped = (alias: string) =>
  `${alias}.tenant_id = $1 AND ${alias}.rule_id = $2::uuid AND ${alias}.source_entity = $3`;

function scopeValues({ tenantId, ruleId, sourceEntity }: LinkScope): string[] {
  return [tenantId, ruleId, sourceEntity];
}

/** Locks the links of records and reads them with their history, oldest first, the link in force last. */
export async function readSteps(
  tx: SourceTransaction,
  scope: LinkScope,
  sourceKeys: readonly string[],
): Promise<LinkStep[]> {
  const values = [...scopeValues(scope), JSON.stringify(sourceKeys)];
  const wanted = "(SELECT key FROM json_array_elements_text($4::text::json) AS q(key))";
  const links = await tx.unsafe(
    `SELECT ${fields("l")}, NULL AS "historyId", NULL AS "undoneBy" FROM axion.links l
     WHERE ${scoped("l")} AND l.source_key IN ${wanted} ORDER BY l.source_key, l.part FOR UPDATE`,
    values,
  );
  const history = await tx.unsafe(
    `SELECT ${fields("h")}, h.id::text AS "historyId", h.undone_by::text AS "undoneBy" FROM axion.link_history h
     WHERE ${scoped("h")} AND h.source_key IN ${wanted} ORDER BY h.source_key, h.part, h.id`,
    values,
  );
  return z.array(stepRow).parse([...history, ...links]);
}

/** The next records that a job has converted or that `undoId` has taken back, in the order of their ids. */
export async function readJobRecords(
  tx: SourceTransaction,
  scope: LinkScope,
  page: { jobId: string; undoId: string; after: string; limit: number },
): Promise<string[]> {
  const rows = await tx.unsafe<{ key: string }[]>(
    `SELECT key FROM (
       (SELECT DISTINCT l.source_key AS key FROM axion.links l
        WHERE ${scoped("l")} AND l.job_id = $4::text::uuid AND l.source_key > $5 ORDER BY 1 LIMIT ${page.limit})
       UNION
       (SELECT DISTINCT h.source_key FROM axion.link_history h
        WHERE ${scoped("h")} AND (h.job_id = $4::text::uuid OR h.undone_by = $6::text::uuid) AND h.source_key > $5 ORDER BY 1 LIMIT ${page.limit})
     ) found ORDER BY key LIMIT ${page.limit}`,
    [...scopeValues(scope), page.jobId, page.after, page.undoId],
  );
  return rows.map((row) => row.key);
}

/** How many records a job has converted, or has been undone of. */
export async function countJobRecords(
  tx: SourceTransaction,
  scope: LinkScope,
  jobId: string,
): Promise<number> {
  const [row] = await tx.unsafe<{ count: string }[]>(
    `SELECT count(*)::text AS count FROM (
       SELECT l.source_key FROM axion.links l WHERE ${scoped("l")} AND l.job_id = $4::text::uuid
       UNION SELECT h.source_key FROM axion.link_history h WHERE ${scoped("h")} AND h.job_id = $4::text::uuid
     ) found`,
    [...scopeValues(scope), jobId],
  );
  return Number(row?.count ?? 0);
}

/** Links of other records, or of other rules, that lead to one of these target records. */
export interface SharedTarget {
  targetEntity: string;
  targetKey: string;
  ruleId: string;
  sourceEntity: string;
  sourceKey: string;
  jobId: string | null;
}

/** Who else is linked with target records. */
export async function readSharers(
  tx: SourceTransaction,
  tenantId: string,
  targets: readonly { targetEntity: string; targetKey: string }[],
): Promise<SharedTarget[]> {
  const rows = await tx.unsafe<(SharedTarget & Record<string, unknown>)[]>(
    `SELECT DISTINCT l.target_entity AS "targetEntity", l.target_key AS "targetKey", l.rule_id::text AS "ruleId",
       l.source_entity AS "sourceEntity", l.source_key AS "sourceKey", l.job_id::text AS "jobId"
     FROM json_to_recordset($2::text::json) AS q("targetEntity" text, "targetKey" text)
     JOIN axion.links l ON l.tenant_id = $1 AND l.target_entity = q."targetEntity" AND l.target_key = q."targetKey"`,
    [tenantId, JSON.stringify(targets)],
  );
  return [...rows];
}

/**
 * Moves links, and what came after the one that is undone, to the history as undone, and puts the links before them
 * in force again.
 */
export async function takeBackLinks(
  tx: SourceTransaction,
  scope: LinkScope,
  undone: readonly { sourceKey: string; part: string; fromHistoryId: string | null; undoId: string }[],
): Promise<void> {
  const values = [...scopeValues(scope), JSON.stringify(undone)];
  const wanted = `json_to_recordset($4::text::json) AS q("sourceKey" text, part text, "fromHistoryId" bigint, "undoId" uuid)`;
  const same = (alias: string) =>
    `${scoped(alias)} AND ${alias}.source_key = q."sourceKey" AND ${alias}.part = q.part`;
  await tx.unsafe(
    `UPDATE axion.link_history h SET undone_by = q."undoId" FROM ${wanted}
     WHERE ${same("h")} AND h.undone_by IS NULL AND h.id >= q."fromHistoryId"`,
    values,
  );
  await tx.unsafe(
    `WITH moved AS (DELETE FROM axion.links l USING ${wanted} WHERE ${same("l")} RETURNING ${linkColumnsOf("l")}, q."undoId")
     INSERT INTO axion.link_history (${linkColumns}, undone_by) SELECT * FROM moved`,
    values,
  );
  await tx.unsafe(
    `WITH newest AS (
       SELECT DISTINCT ON (h.source_key, h.part) h.id FROM axion.link_history h JOIN ${wanted} ON ${same("h")}
       WHERE h.undone_by IS NULL ORDER BY h.source_key, h.part, h.id DESC
     ), back AS (
       DELETE FROM axion.link_history h USING newest WHERE ${scoped("h")} AND h.id = newest.id
         AND h.source_key IN (SELECT q."sourceKey" FROM ${wanted}) RETURNING ${linkColumnsOf("h")}
     ) INSERT INTO axion.links (${linkColumns}) SELECT * FROM back`,
    values,
  );
}
