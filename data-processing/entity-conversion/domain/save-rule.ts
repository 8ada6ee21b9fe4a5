import { and, eq, ne, sql } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import { newEvent } from "../../../shared/events/envelope.js";
import { addToOutbox } from "../../../shared/events/outbox.js";
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
import { requireNoRollout } from "./rollout-rows.js";
import { invalidRule } from "./rule-problems.js";
import { lockRules, requireRulesLeft } from "./rule-quota.js";
import { findRule, requireIdempotencyKey, requireNotRetired, requireUnchanged, toRule } from "./rule-rows.js";

/** Stands for the id of a definition that is not saved. */
export const unsavedRule = { ruleId: "00000000-0000-0000-0000-000000000000", ruleVersion: 0 };

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
  const { idempotencyKey, state = "active" } = request;
  requireIdempotencyKey(idempotencyKey);
  const definition = await validDefinition(world, request.definition);
  return await withTenant(db, tenantId, async (tx) => {
    await lockRules(tx, tenantId);
    const [rule] = await tx
      .insert(rules)
      .values({ ...listed(definition), state, tenantId, idempotencyKey, createdBy: userID })
      .onConflictDoNothing({ target: [rules.tenantId, rules.idempotencyKey] })
      .returning();
    if (!rule) return await ruleOfKey(tx, tenantId, idempotencyKey!);
    await requireRulesLeft(tx, tenantId, request.mostRules);
    const row = { tenantId, ruleId: rule.id, version: 1, definition, createdBy: userID };
    const [version] = await tx.insert(ruleVersions).values(row).returning();
    const event = {
      type: "rule-created" as const,
      ...told(rule.id, 1, definition),
      state,
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
  const { ruleId } = request;
  const found = await withTenant(db, tenantId, (tx) => findRule(tx, tenantId, ruleId));
  requireNotRetired(found.rule);
  requireUnchanged(found.rule, request);
  const definition = await validDefinition(world, request.definition);
  return await withTenant(db, tenantId, async (tx) => {
    const [rule] = await tx
      .update(rules)
      .set({
        ...listed(definition),
        problems: null,
        driftedAt: null,
        latestVersion: sql`${rules.latestVersion} + 1`,
        revision: sql`${rules.revision} + 1`,
      })
      .where(and(eq(rules.tenantId, tenantId), eq(rules.id, ruleId), ne(rules.state, "retired")))
      .returning();
    if (!rule) throw retiredMeanwhile();
    requireUnchanged({ latestVersion: rule.latestVersion - 1, revision: rule.revision - 1 }, request);
    await requireNoRollout(tx, tenantId, { ruleId, newVersion: rule.latestVersion - 1 });
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

async function validDefinition(world: RuleWorld, input: RuleDefinitionInput): Promise<RuleDefinition> {
  const definition = completeDefinition(input);
  const { problems } = await prepareRule(world, { ...unsavedRule, definition });
  if (problems.length > 0) throw invalidRule(problems);
  return definition;
}

async function ruleOfKey(tx: Db, tenantId: string, idempotencyKey: string): Promise<Rule> {
  const [known] = await tx
    .select({ id: rules.id })
    .from(rules)
    .where(and(eq(rules.tenantId, tenantId), eq(rules.idempotencyKey, idempotencyKey)));
  return toRule(await findRule(tx, tenantId, known!.id, 1));
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

/** What events tell of a rule. */
export function told(ruleId: string, ruleVersion: number, definition: RuleDefinition) {
  return {
    ruleId,
    ruleVersion,
    name: definition.name,
    sourceEntity: definition.source.entity,
    targetEntity: definition.target.entity,
  };
}
