import { and, count, eq, sql } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import { newEvent } from "../../../shared/events/envelope.js";
import { addToOutbox } from "../../../shared/events/outbox.js";
import { requireWithinQuota } from "../../../shared/tenancy/tenant-policy.js";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import { rules, ruleVersions } from "../../schema.js";
import type {
  CreateRuleRequest,
  Rule,
  RuleDefinition,
  RuleDefinitionInput,
  UpdateRuleRequest,
} from "../types.js";
import type { Actor } from "./actor.js";
import { completeDefinition, prepareRule, type RuleWorld } from "./prepare-rule.js";
import { invalidRule } from "./rule-problems.js";
import { findRule, requireActive, requireIdempotencyKey, toRule } from "./rule-rows.js";

const unsavedRule = { ruleId: "00000000-0000-0000-0000-000000000000", ruleVersion: 0 };

/**
 * Creates a rule and tells of it as `rule-created`. Throws `invalidArgument` with every problem of the definition,
 * and `resourceExhausted` where the tenant has `mostRules` already.
 */
export async function createRule(
  db: Db,
  world: RuleWorld,
  actor: Actor,
  request: CreateRuleRequest & { mostRules?: number },
): Promise<Rule> {
  const { tenantId, userID } = actor;
  const { idempotencyKey } = request;
  requireIdempotencyKey(idempotencyKey);
  const definition = await validDefinition(world, request.definition);
  return await withTenant(db, tenantId, async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`axion rules ${tenantId}`}, 0))`);
    const [rule] = await tx
      .insert(rules)
      .values({ ...listed(definition), tenantId, idempotencyKey, createdBy: userID })
      .onConflictDoNothing({ target: [rules.tenantId, rules.idempotencyKey] })
      .returning();
    if (!rule) return await ruleOfKey(tx, tenantId, idempotencyKey!);
    await requireRulesLeft(tx, tenantId, request.mostRules);
    const row = { tenantId, ruleId: rule.id, version: 1, definition, createdBy: userID };
    const [version] = await tx.insert(ruleVersions).values(row).returning();
    const event = {
      type: "rule-created" as const,
      ...told(rule.id, 1, definition),
      createdBy: userID,
    };
    await addToOutbox(
      tx,
      "conversion-events",
      newEvent(event, { tenantId, userId: userID, orderedBy: rule.id }),
    );
    return toRule({ rule, version: version! });
  });
}

/**
 * Gives a rule a new version; earlier ones stay. Throws `aborted` where the latest version is not the one expected,
 * and `failedPrecondition` for a retired rule.
 */
export async function updateRule(
  db: Db,
  world: RuleWorld,
  actor: Actor,
  request: UpdateRuleRequest,
): Promise<Rule> {
  const { tenantId, userID } = actor;
  const { ruleId, expectedVersion } = request;
  const found = await withTenant(db, tenantId, (tx) => findRule(tx, tenantId, ruleId));
  requireActive(found.rule);
  requireVersion(found.rule.latestVersion, expectedVersion);
  const definition = await validDefinition(world, request.definition);
  return await withTenant(db, tenantId, async (tx) => {
    const [rule] = await tx
      .update(rules)
      .set({ ...listed(definition), latestVersion: sql`${rules.latestVersion} + 1` })
      .where(and(eq(rules.tenantId, tenantId), eq(rules.id, ruleId), eq(rules.state, "active")))
      .returning();
    if (!rule) throw retiredMeanwhile();
    requireVersion(rule.latestVersion - 1, expectedVersion);
    const row = { tenantId, ruleId, version: rule.latestVersion, definition, createdBy: userID };
    const [version] = await tx.insert(ruleVersions).values(row).returning();
    const event = {
      type: "rule-updated" as const,
      ...told(ruleId, rule.latestVersion, definition),
      updatedBy: userID,
    };
    await addToOutbox(
      tx,
      "conversion-events",
      newEvent(event, { tenantId, userId: userID, orderedBy: ruleId }),
    );
    return toRule({ rule, version: version! });
  });
}

/** Takes a rule out of use: it converts nothing more. Retiring it again changes nothing. */
export async function retireRule(db: Db, actor: Actor, ruleId: string): Promise<Rule> {
  const { tenantId, userID } = actor;
  return await withTenant(db, tenantId, async (tx) => {
    const found = await findRule(tx, tenantId, ruleId);
    const [rule] = await tx
      .update(rules)
      .set({ state: "retired" })
      .where(and(eq(rules.tenantId, tenantId), eq(rules.id, ruleId), eq(rules.state, "active")))
      .returning();
    if (!rule) return toRule({ ...found, rule: { ...found.rule, state: "retired" } });
    const event = {
      type: "rule-retired" as const,
      ruleId,
      ruleVersion: rule.latestVersion,
      retiredBy: userID,
    };
    await addToOutbox(
      tx,
      "conversion-events",
      newEvent(event, { tenantId, userId: userID, orderedBy: ruleId }),
    );
    return toRule({ ...found, rule });
  });
}

async function validDefinition(world: RuleWorld, input: RuleDefinitionInput): Promise<RuleDefinition> {
  const definition = completeDefinition(input);
  const { problems } = await prepareRule(world, { ...unsavedRule, definition });
  if (problems.length > 0) throw invalidRule(problems);
  return definition;
}

/** The rule in hand is counted already: it is taken back with the transaction. */
async function requireRulesLeft(tx: Db, tenantId: string, limit: number | undefined): Promise<void> {
  if (limit === undefined) return;
  const [row] = await tx
    .select({ active: count() })
    .from(rules)
    .where(and(eq(rules.tenantId, tenantId), eq(rules.state, "active")));
  requireWithinQuota({ name: "rules", limit, used: (row?.active ?? 1) - 1 });
}

async function ruleOfKey(tx: Db, tenantId: string, idempotencyKey: string): Promise<Rule> {
  const [known] = await tx
    .select({ id: rules.id })
    .from(rules)
    .where(and(eq(rules.tenantId, tenantId), eq(rules.idempotencyKey, idempotencyKey)));
  return toRule(await findRule(tx, tenantId, known!.id, 1));
}

function requireVersion(latest: number, expected: number | undefined): void {
  if (expected === undefined || expected === latest) return;
  throw APIError.aborted(`The rule is at version ${latest}, not ${expected}: read it again.`).withDetails({
    reason: "version_changed",
    latestVersion: latest,
  });
}

function retiredMeanwhile(): APIError {
  return APIError.failedPrecondition("The rule was retired meanwhile.").withDetails({
    reason: "rule_retired",
  });
}

/** The columns that lists filter by. */
function listed(definition: RuleDefinition) {
  return {
    name: definition.name,
    sourceEntity: definition.source.entity,
    targetEntity: definition.target.entity,
    triggerMode: definition.trigger.mode,
  };
}

function told(ruleId: string, ruleVersion: number, definition: RuleDefinition) {
  return {
    ruleId,
    ruleVersion,
    name: definition.name,
    sourceEntity: definition.source.entity,
    targetEntity: definition.target.entity,
  };
}
