import { isDeepStrictEqual } from "node:util";
import { and, eq, ne } from "drizzle-orm";
import { APIError, ErrCode } from "encore.dev/api";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import { rules } from "../../schema.js";
import type {
  ExportRulesRequest,
  ExportRulesResponse,
  ImportedRule,
  ImportRulesRequest,
  ImportRulesResponse,
  RuleFileEntry,
  RuleImportAction,
  RuleImportCounts,
  RuleProblem,
} from "../types.js";
import type { Actor } from "./actor.js";
import { listRules } from "./list-rules.js";
import { completeDefinition, prepareRule, type RuleWorld } from "./prepare-rule.js";
import { findRule, isRuleId, type RuleRow } from "./rule-rows.js";
import { createRule, unsavedRule, updateRule } from "./save-rule.js";

/** Most rules that one import takes. */
export const maxImported = 200;

/** A tenant's rules at their latest versions as a file, newest first. */
export async function exportRules(
  db: Db,
  tenantId: string,
  request: ExportRulesRequest,
): Promise<ExportRulesResponse> {
  const { rules: found, nextCursor } = await listRules(db, tenantId, {
    ...request,
    limit: request.limit ?? 200,
  });
  return {
    format: "axion-rules",
    formatVersion: 1,
    exportedAt: new Date(),
    rules: found.map(({ id, state, version, definition }) => ({ id, state, version, definition })),
    nextCursor,
  };
}

/**
 * Takes the rules of a file, each by itself: one that is refused keeps no other from being imported. A second import
 * of the same file changes nothing.
 */
export async function importRules(
  db: Db,
  world: RuleWorld,
  actor: Actor,
  request: ImportRulesRequest & { mostRules?: number },
): Promise<ImportRulesResponse> {
  const entries = request.file.rules;
  requireImportSize(entries.length, "file.rules");
  const reach = rememberingWorld(world);
  const imported: ImportedRule[] = [];
  for (const [index, entry] of entries.entries())
    imported.push({
      index,
      name: entry.definition.name,
      ...(await importRule(db, reach, actor, { entry, request })),
    });
  return { dryRun: request.dryRun ?? false, counts: countActions(imported), rules: imported };
}

/** Throws `invalidArgument` for more rules than one import takes, and for none. */
export function requireImportSize(size: number, path: string): void {
  if (size >= 1 && size <= maxImported) return;
  throw APIError.invalidArgument(`${path}: 1 to ${maxImported} rules, not ${size}.`).withDetails({
    reason: "bad_import",
    path,
  });
}

/** How many rules came to what. */
export function countActions(imported: readonly { action: RuleImportAction }[]): RuleImportCounts {
  const counts: RuleImportCounts = { created: 0, updated: 0, unchanged: 0, skipped: 0, refused: 0 };
  for (const { action } of imported) counts[action]++;
  return counts;
}

/** Reads each schema once, for many rules in one request. */
export function rememberingWorld(world: RuleWorld): RuleWorld {
  const known = new Map<string, ReturnType<RuleWorld["discover"]>>();
  return {
    open: world.open,
    discover: (ref) => {
      const key = JSON.stringify([ref.dataSource, ref.entity]);
      const found = known.get(key) ?? world.discover(ref);
      known.set(key, found);
      return found;
    },
  };
}

type Outcome = Omit<ImportedRule, "index" | "name">;

async function importRule(
  db: Db,
  world: RuleWorld,
  actor: Actor,
  { entry, request }: { entry: RuleFileEntry; request: ImportRulesRequest & { mostRules?: number } },
): Promise<Outcome> {
  const skipped = (note: string, known?: RuleRow): Outcome => ({
    action: "skipped",
    note,
    problems: [],
    ...identityOf(known),
  });
  if (entry.state === "retired") return skipped("Retired rules are not imported.");
  const known = await findKnown(db, actor.tenantId, entry);
  if (known?.rule.state === "retired") return skipped("The rule is there and retired.", known);
  const definition = completeDefinition(entry.definition);
  if (known && isDeepStrictEqual(plain(known.version.definition), plain(definition)))
    return { action: "unchanged", problems: [], ...identityOf(known) };
  if (known && request.existing === "skip")
    return skipped("The rule is there with another definition.", known);
  return await reporting(async () => {
    const action = known ? "updated" : "created";
    if (request.dryRun) {
      const { problems } = await prepareRule(world, { ...unsavedRule, definition });
      return { action: problems.length > 0 ? "refused" : action, problems, ...identityOf(known) };
    }
    const { state = "draft" } = entry;
    const saved = known
      ? await updateRule(db, world, actor, {
          ruleId: known.rule.id,
          definition: entry.definition,
          expectedRevision: known.rule.revision,
        })
      : await createRule(db, world, actor, {
          definition: entry.definition,
          state: state === "active" ? "active" : "draft",
          mostRules: request.mostRules,
        });
    return { action, ruleId: saved.id, version: saved.version, problems: [] };
  });
}

/** Makes a refusal of a rule an answer; what is not the rule's fault is thrown on. */
export async function reporting<T extends { action: string; problems: RuleProblem[] }>(
  work: () => Promise<T>,
): Promise<T | { action: "refused"; problems: RuleProblem[] }> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof APIError) || !refusals.has(error.code)) throw error;
    const { reason = "refused", problems } = error.details ?? {};
    if (Array.isArray(problems)) return { action: "refused", problems: problems as RuleProblem[] };
    return { action: "refused", problems: [{ path: "", code: String(reason), message: error.message }] };
  }
}

const refusals = new Set([
  ErrCode.InvalidArgument,
  ErrCode.FailedPrecondition,
  ErrCode.ResourceExhausted,
  ErrCode.Aborted,
  ErrCode.NotFound,
]);

/** The rule that an entry is about: by its id, else the only one of its name that is in use or a draft. */
async function findKnown(
  db: Db,
  tenantId: string,
  { id, definition }: RuleFileEntry,
): Promise<RuleRow | undefined> {
  return await withTenant(db, tenantId, async (tx) => {
    const byId = id !== undefined && isRuleId(id) ? eq(rules.id, id) : undefined;
    const byName = and(eq(rules.name, definition.name), ne(rules.state, "retired"));
    for (const condition of [byId, byName]) {
      if (!condition) continue;
      const found = await tx
        .select({ id: rules.id })
        .from(rules)
        .where(and(eq(rules.tenantId, tenantId), condition))
        .limit(2);
      if (found.length === 1) return await findRule(tx, tenantId, found[0]!.id);
    }
    return undefined;
  });
}

function identityOf(known: RuleRow | undefined): { ruleId?: string; version?: number } {
  return known ? { ruleId: known.rule.id, version: known.version.version } : {};
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
