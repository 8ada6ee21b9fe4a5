import { createHash } from "node:crypto";
import { and, desc, eq, sql } from "drizzle-orm";
import { withTenant } from "../../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../../db.js";
import { Parameters } from "../../../entity-conversion/domain/column-sql.js";
import { noLinks } from "../../../entity-conversion/domain/links.js";
import { recordIdSql } from "../../../entity-conversion/domain/record-id.js";
import { triggerRuns, triggerSources, triggerWatermarks } from "../../../schema.js";
import type { DiscoveredEntity } from "../../../schema-discovery/domain/entity.js";
import type { DataSource } from "../../../sources/data-source.js";
import { quoteIdentifier, quoteTable } from "../../../sources/identifiers.js";
import type { AutomaticRule } from "../active-rules.js";
import type { CaptureWorld } from "../capture-workspace.js";
import { matchFresh } from "../match-fresh.js";
import type { NotedChange } from "../read-changes.js";
import { recordRuns } from "../record-runs.js";
import { creationField, type Watermark } from "./choose-watermark.js";

/** What is looked at again each time: who writes late, with an earlier time or number, is found within it. */
const overlap = { seconds: 60, int: 1_000 };
const rowsAtATime = 1_000;
const mostSeen = 50_000;

/** An entity that is polled. */
export interface PolledEntity {
  entity: DiscoveredEntity;
  name: string;
  watermark: Watermark;
  rules: readonly AutomaticRule[];
}

interface PolledRow {
  id: string;
  record: string;
  digest: string;
  value: string;
  /** The higher one of its value and of the highest that was read before. */
  highest: string;
  inserted: boolean;
  rule: string | null;
  link: string | null;
}

/** Reads what has changed of an entity since the last time, and puts what that starts on record. Returns whether there is more. */
export async function pollEntity(
  on: CaptureWorld,
  source: DataSource,
  polled: PolledEntity,
): Promise<boolean> {
  const { tenantId, name: dataSource } = source;
  const at = { tenantId, source: dataSource, entity: polled.name };
  const { field } = polled.watermark;
  const known = await findPlace(on.db, at, field);
  const rows = await readRows(source, polled, known);
  const highest = rows.at(-1)?.highest ?? known?.value ?? "";
  if (known === undefined) {
    // What is there already starts nothing.
    await keepPlace(on.db, at, field, { value: highest, seen: seenOf(rows, {}) });
    return false;
  }
  if (rows.length === 0) return false;
  const automatic = await on.isAutomatic(tenantId);
  const changes = automatic ? await Promise.all(rows.map((row) => toChange(on.db, tenantId, row))) : [];
  const given = { dataSource, entity: polled.name, rules: polled.rules, changes, withoutOld: true };
  const matches = automatic ? await matchFresh(on, tenantId, given) : [];
  await withTenant(on.db, tenantId, async (tx) => {
    await recordRuns(tx, { tenantId, dataSource, entity: polled.name }, matches);
    const seen = seenOf(rows, stillSeen(known.seen, highest, polled.watermark.kind));
    await keepPlace(tx, at, field, { value: highest, seen });
    await tx
      .update(triggerSources)
      .set({ lastChangeAt: sql`now()` })
      .where(and(eq(triggerSources.tenantId, tenantId), eq(triggerSources.source, dataSource)));
  });
  return rows.length === rowsAtATime;
}

interface Place {
  /** Highest value that was read. */
  value: string;
  /** Record id → digest and value of the version that was read, with a space between them. */
  seen: Record<string, string>;
}

async function findPlace(
  db: Db,
  at: { tenantId: string; source: string; entity: string },
  field: string,
): Promise<Place | undefined> {
  const [row] = await withTenant(db, at.tenantId, (tx) =>
    tx
      .select()
      .from(triggerWatermarks)
      .where(
        and(
          eq(triggerWatermarks.tenantId, at.tenantId),
          eq(triggerWatermarks.source, at.source),
          eq(triggerWatermarks.entity, at.entity),
          eq(triggerWatermarks.field, field),
        ),
      ),
  );
  return row;
}

async function keepPlace(
  db: Db,
  at: { tenantId: string; source: string; entity: string },
  field: string,
  place: Place,
): Promise<void> {
  const values = { field, ...place };
  await withTenant(db, at.tenantId, (tx) =>
    tx
      .insert(triggerWatermarks)
      .values({ ...at, ...values })
      .onConflictDoUpdate({
        target: [triggerWatermarks.tenantId, triggerWatermarks.source, triggerWatermarks.entity],
        set: values,
      }),
  );
}

function seenOf(rows: readonly PolledRow[], earlier: Record<string, string>): Record<string, string> {
  const read = rows.map(({ id, digest, value }) => [id, `${digest} ${value}`] as const);
  return Object.fromEntries([...Object.entries(earlier), ...read].slice(-mostSeen));
}

/** The versions that the overlap has not passed yet. */
function stillSeen(
  seen: Record<string, string>,
  highest: string,
  kind: Watermark["kind"],
): Record<string, string> {
  const number = (value: string) => (kind === "int" ? Number(value) : Date.parse(value));
  const from = number(highest) - (kind === "int" ? overlap.int : overlap.seconds * 1000) - 1_000;
  const within = Object.entries(seen).filter(
    ([, read]) => !(number(read.slice(read.indexOf(" ") + 1)) < from),
  );
  return Object.fromEntries(within);
}

/** Rows from the overlap on whose version was not read yet, in the order of the field; the first time all of the overlap. */
async function readRows(
  source: DataSource,
  { entity, watermark }: PolledEntity,
  place: Place | undefined,
): Promise<PolledRow[]> {
  const params = new Parameters(false);
  const table = quoteTable(entity.table);
  const name = quoteIdentifier(watermark.field);
  const type = entity.columns[watermark.field]!.castType;
  const id = recordIdSql(entity.recordKey.map((key) => `s.${quoteIdentifier(key)}`));
  const minus = watermark.kind === "timestamp" ? `interval '${overlap.seconds} seconds'` : overlap.int;
  const digest = "md5((s.*)::text)";
  const value = `${params.plain(place?.value || null)}::${type}`;
  const highest = place ? value : `(SELECT max(${name}) FROM ${table})`;
  const seen = `json_each_text(${params.plain(JSON.stringify(place?.seen ?? {}))}::json)`;
  const target = params.plain(entity.schema.entityType);
  const statement = `SELECT ${id} AS id, to_jsonb(s.*)::text AS record, ${digest} AS digest, (s.${name})::text AS value,
      greatest(s.${name}, ${value})::text AS highest, ${insertedSql(entity, watermark)} AS inserted,
      l.rule_id::text AS rule, l.source_key AS link
    FROM ${table} s
    LEFT JOIN ${seen} k ON k.key = ${id} AND split_part(k.value, ' ', 1) = ${digest}
    LEFT JOIN LATERAL (
      SELECT rule_id, source_key FROM ${await linksSql(source)} l
      WHERE l.tenant_id = ${params.plain(source.tenantId)} AND l.target_entity = ${target} AND l.target_key = ${id}
        AND l.after_hash = ${digest}::uuid LIMIT 1) l ON true
    WHERE k.key IS NULL AND s.${name} IS NOT NULL AND coalesce(s.${name} >= ${highest} - ${minus}, true)
    ORDER BY s.${name}, ${id} LIMIT ${place ? rowsAtATime : mostSeen}`;
  return await source.begin(async (tx) => [...(await tx.unsafe<PolledRow[]>(statement, params.values))], {
    readOnly: true,
  });
}

/** Whether the record was made by the change: known where its times of creation and change are one. */
function insertedSql(entity: DiscoveredEntity, { field, kind, updates }: Watermark): string {
  if (!updates) return "true";
  const created = creationField(entity);
  if (created === undefined || created === field || kind !== "timestamp") return "false";
  const apart = `s.${quoteIdentifier(field)}::timestamptz - s.${quoteIdentifier(created)}::timestamptz`;
  return `coalesce(abs(extract(epoch FROM ${apart})) < 0.001, false)`;
}

async function linksSql(source: DataSource): Promise<string> {
  const [row] = await source.begin(
    (tx) => tx<{ found: boolean }[]>`
      SELECT coalesce(has_table_privilege(to_regclass('axion.links'), 'SELECT'), false) AS found`,
    { readOnly: true },
  );
  return row?.found
    ? "axion.links"
    : noLinks.replace("NULL::uuid AS job_id", "NULL::uuid AS job_id, NULL::uuid AS after_hash");
}

/** A record that is exactly as a rule has left it was changed by that rule, and by those that led to its run. */
async function toChange(db: Db, tenantId: string, row: PolledRow): Promise<NotedChange> {
  const version = createHash("md5")
    .update(JSON.stringify([row.id, row.value, row.digest]))
    .digest("hex");
  return {
    id: version,
    operation: row.inserted ? "insert" : "update",
    newRecord: row.record,
    oldRecord: null,
    chain: row.rule === null ? [] : [...(await chainOf(db, tenantId, row.rule, row.link!)), row.rule],
    changedAt: new Date(),
  };
}

async function chainOf(db: Db, tenantId: string, ruleId: string, recordId: string): Promise<string[]> {
  const [run] = await withTenant(db, tenantId, (tx) =>
    tx
      .select({ chain: triggerRuns.chain })
      .from(triggerRuns)
      .where(
        and(
          eq(triggerRuns.tenantId, tenantId),
          eq(triggerRuns.ruleId, ruleId),
          eq(triggerRuns.sourceRecordId, recordId),
        ),
      )
      .orderBy(desc(triggerRuns.id))
      .limit(1),
  );
  return run?.chain ?? [];
}
