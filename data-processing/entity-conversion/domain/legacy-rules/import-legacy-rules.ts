import { createHash } from "node:crypto";
import { and, eq } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import type { JsonValue } from "../../../../shared/json.js";
import { withTenant } from "../../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../../db.js";
import { rules } from "../../../schema.js";
import type { DiscoveredEntity } from "../../../schema-discovery/domain/entity.js";
import { parseExactJson } from "../../../sources/exact-json.js";
import { quoteIdentifier, quoteTable } from "../../../sources/identifiers.js";
import type {
  EntityRef,
  ImportedLegacyRule,
  ImportLegacyRulesRequest,
  ImportLegacyRulesResponse,
  RuleDefinitionInput,
  RuleProblem,
} from "../../types.js";
import type { Actor } from "../actor.js";
import { completeDefinition, prepareRule, type RuleWorld } from "../prepare-rule.js";
import { createRule, unsavedRule } from "../save-rule.js";
import {
  countActions,
  maxImported,
  rememberingWorld,
  reporting,
  requireImportSize,
} from "../transfer-rules.js";
import { legacyCondition } from "./legacy-conditions.js";
import { legacyMappings } from "./legacy-mapping.js";
import { type JsonObject, type LegacyRow, readLegacyRow } from "./read-row.js";

/**
 * Makes rules of the rows of a legacy table of rules, and tells of each part what was taken, changed and refused, and
 * why. Each row is imported once: a second import finds its rule.
 */
export async function importLegacyRules(
  db: Db,
  world: RuleWorld,
  actor: Actor,
  request: ImportLegacyRulesRequest & { mostRules?: number },
): Promise<ImportLegacyRulesResponse> {
  const reach = rememberingWorld(world);
  const rows = await legacyRows(reach, request);
  requireImportSize(rows.length, request.rows ? "rows" : "table");
  const imported: ImportedLegacyRule[] = [];
  for (const [index, row] of rows.entries())
    imported.push(await importRow(db, reach, actor, { request, index, row }));
  return { dryRun: request.dryRun ?? false, counts: countActions(imported), rules: imported };
}

async function legacyRows(world: RuleWorld, { rows, table }: ImportLegacyRulesRequest): Promise<JsonValue[]> {
  if ((rows === undefined) === (table === undefined))
    throw APIError.invalidArgument("rows: give either rows or table.").withDetails({
      reason: "bad_import",
      path: "rows",
    });
  if (rows) return rows;
  const ref: EntityRef = { dataSource: table!.dataSource ?? "workspace", entity: table!.entity };
  const entity = await world.discover(ref);
  const source = await world.open(ref.dataSource);
  const keys = entity.recordKey.map((name) => `t.${quoteIdentifier(name)}`);
  const order = keys.length > 0 ? `ORDER BY ${keys.join(", ")}` : "";
  const found = await source.begin(
    (tx) =>
      tx
        .unsafe<{ row: string }[]>(
          `SELECT to_jsonb(t.*)::text AS row FROM ${quoteTable(entity.table)} t ${order} LIMIT ${maxImported + 1}`,
        )
        .execute(),
    { readOnly: true },
  );
  return found.map(({ row }) => parseExactJson(row));
}

async function importRow(
  db: Db,
  world: RuleWorld,
  actor: Actor,
  {
    request,
    index,
    row,
  }: { request: ImportLegacyRulesRequest & { mostRules?: number }; index: number; row: JsonValue },
): Promise<ImportedLegacyRule> {
  if (typeof row !== "object" || row === null || Array.isArray(row)) {
    const problems = [{ path: `rows[${index}]`, code: "bad_row", message: "A row is an object." }];
    return { index, name: "", action: "refused", notes: [], problems };
  }
  const read = readLegacyRow(row, index);
  const { definition, problems } = await translate(world, request, read);
  const report = { index, name: read.name, notes: read.notes, definition };
  if (!definition || problems.length > 0) return { ...report, action: "refused", problems };
  const idempotencyKey = `legacy-rule:${digestOf(read, row)}`;
  const known = await withTenant(db, actor.tenantId, (tx) =>
    tx
      .select({ id: rules.id })
      .from(rules)
      .where(and(eq(rules.tenantId, actor.tenantId), eq(rules.idempotencyKey, idempotencyKey))),
  );
  if (known[0]) return { ...report, action: "unchanged", ruleId: known[0].id, problems: [] };
  const incomplete = read.notes.some((note) => note.outcome === "refused");
  const state = read.active && !incomplete && request.state === "active" ? "active" : "draft";
  if (request.state === "active" && state === "draft") {
    const message = `The rule is a draft, because ${read.active ? "parts of the row are left out" : "the row is not active"}.`;
    read.notes.push({ path: "is_active", outcome: "changed", message });
  }
  const outcome = await reporting(async () => {
    const { problems: found } = await prepareRule(world, {
      ...unsavedRule,
      definition: completeDefinition(definition),
    });
    if (found.length > 0) return { action: "refused" as const, problems: found };
    if (request.dryRun) return { action: "created" as const, problems: [] };
    const { mostRules } = request;
    const { id } = await createRule(db, world, actor, { definition, state, idempotencyKey, mostRules });
    return { action: "created" as const, ruleId: id, problems: [] };
  });
  return { ...report, ...outcome };
}

/** A row is known again by its id in its table, or by all of its contents. */
function digestOf({ id, sourceEntity, targetEntity }: LegacyRow, row: JsonObject): string {
  const what = id === undefined ? row : [id, sourceEntity ?? "", targetEntity ?? ""];
  return createHash("sha256").update(JSON.stringify(what)).digest("hex");
}

async function translate(
  world: RuleWorld,
  request: ImportLegacyRulesRequest,
  row: LegacyRow,
): Promise<{ definition?: RuleDefinitionInput; problems: RuleProblem[] }> {
  const problems: RuleProblem[] = [];
  const find = async (dataSource: string, entity: string | undefined, path: string) => {
    if (entity === undefined) {
      problems.push({ path, code: "unknown_entity", message: "The row names no entity." });
      return undefined;
    }
    const found = await reporting(async () => ({
      action: "found" as const,
      problems: [] as RuleProblem[],
      entity: await world.discover({ dataSource, entity }),
    }));
    problems.push(...found.problems.map((problem) => ({ ...problem, path })));
    return "entity" in found ? found.entity : undefined;
  };
  const sourceName = request.sourceDataSource ?? "workspace";
  const targetName = request.targetDataSource ?? "workspace";
  const source = await find(sourceName, row.sourceEntity, "source_entity");
  const target = await find(targetName, row.targetEntity, "target_entity");
  if (!source || !target) return { problems };
  const { notes } = row;
  const mappings = legacyMappings(row.mapping, { column: row.mappingColumn, source, target, notes });
  const condition = legacyCondition(row.conditions, { column: row.conditionColumn, source, notes });
  if (!condition.understood)
    problems.push({
      path: row.conditionColumn,
      code: "condition_not_understood",
      message: "Without this condition the rule would convert records that it did not.",
    });
  const naturalKey =
    row.naturalKey ??
    chooseKey(
      target,
      mappings.map((mapping) => mapping.target),
    );
  if (naturalKey.length === 0)
    problems.push({
      path: "natural_key",
      code: "natural_key_missing",
      message: `No unique key of "${target.schema.entityType}" is mapped whole: name the fields in natural_key.`,
    });
  else if (!row.naturalKey)
    notes.push({
      path: "natural_key",
      outcome: "changed",
      message: `The row names none: it is ${naturalKey.join(" + ")}.`,
    });
  const { expression } = condition;
  const definition: RuleDefinitionInput = {
    name: row.name.slice(0, 200),
    description: row.description,
    source: { dataSource: sourceName, entity: row.sourceEntity! },
    target: { dataSource: targetName, entity: row.targetEntity! },
    naturalKey,
    when: row.automatic ? undefined : expression,
    mappings,
    trigger: row.automatic ? { mode: "automatic", condition: expression } : { mode: "manual" },
  };
  return { definition, problems };
}

/** The first unique key of the target that is mapped whole: the primary key comes first. */
function chooseKey(target: DiscoveredEntity, mapped: string[]): string[] {
  const keys = target.schema.uniqueKeys.map(({ fields }) => fields);
  return keys.find((fields) => fields.every((field) => mapped.includes(field))) ?? [];
}
