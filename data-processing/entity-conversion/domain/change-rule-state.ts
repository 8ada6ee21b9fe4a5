import { and, eq, ne, sql } from "drizzle-orm";
import { newEvent } from "../../../shared/events/envelope.js";
import { addToOutbox } from "../../../shared/events/outbox.js";
import type { RuleActivated, RuleRetired } from "../../../shared/events/types.js";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import { rules } from "../../schema.js";
import type { ActivateRuleRequest, RetireRuleRequest, Rule, RuleState } from "../types.js";
import type { Actor } from "./actor.js";
import { prepareRule, type RuleWorld } from "./prepare-rule.js";
import { invalidRule } from "./rule-problems.js";
import { lockRules, requireRulesLeft } from "./rule-quota.js";
import { findRule, requireUnchanged, toRule } from "./rule-rows.js";
import { told } from "./save-rule.js";

/**
 * Puts a draft to use, or a retired rule again, and tells of it as `rule-activated`. Its latest version is checked
 * against the live schemas once more: `invalidArgument` with every problem where it does not fit them. Activating an
 * active rule changes nothing.
 */
export async function activateRule(
  db: Db,
  world: RuleWorld,
  actor: Actor,
  request: ActivateRuleRequest & { mostRules?: number },
): Promise<Rule> {
  const { tenantId, userID } = actor;
  const { ruleId } = request;
  const found = await withTenant(db, tenantId, (tx) => findRule(tx, tenantId, ruleId));
  requireUnchanged(found.rule, request);
  if (found.rule.state === "active") return toRule(found);
  const { definition, version } = found.version;
  const { problems } = await prepareRule(world, { ruleId, ruleVersion: version, definition });
  if (problems.length > 0) throw invalidRule(problems);
  return await withTenant(db, tenantId, async (tx) => {
    await lockRules(tx, tenantId);
    const { version: checked } = found;
    const rule = await setState(tx, { tenantId, ruleId }, "active");
    const now = await findRule(tx, tenantId, ruleId);
    if (!rule) return toRule(now);
    // What was checked is what becomes active.
    requireUnchanged(
      { latestVersion: rule.latestVersion, revision: rule.revision - 1 },
      { expectedVersion: checked.version, expectedRevision: found.rule.revision },
    );
    if (found.rule.state === "retired") await requireRulesLeft(tx, tenantId, request.mostRules);
    const event: RuleActivated = {
      type: "rule-activated",
      ...told(ruleId, version, definition),
      activatedBy: userID,
    };
    await addToOutbox(
      tx,
      "conversion-events",
      newEvent(event, { tenantId, userId: userID, orderedBy: ruleId }),
    );
    return toRule(now);
  });
}

/** Takes a rule out of use: it converts nothing more. Retiring it again changes nothing. */
export async function retireRule(db: Db, actor: Actor, request: RetireRuleRequest): Promise<Rule> {
  const { tenantId, userID } = actor;
  const { ruleId } = request;
  return await withTenant(db, tenantId, async (tx) => {
    const found = await findRule(tx, tenantId, ruleId);
    requireUnchanged(found.rule, request);
    const rule = await setState(tx, { tenantId, ruleId }, "retired");
    if (!rule) return toRule(await findRule(tx, tenantId, ruleId));
    requireUnchanged({ latestVersion: rule.latestVersion, revision: rule.revision - 1 }, request);
    const event: RuleRetired = {
      type: "rule-retired",
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

/** Undefined where the rule is in that state already. */
async function setState(
  tx: Db,
  { tenantId, ruleId }: { tenantId: string; ruleId: string },
  state: RuleState,
): Promise<typeof rules.$inferSelect | undefined> {
  const [rule] = await tx
    .update(rules)
    .set({
      state,
      revision: sql`${rules.revision} + 1`,
      // What becomes active was checked just now.
      ...(state === "active" && { problems: null, driftedAt: null }),
    })
    .where(and(eq(rules.tenantId, tenantId), eq(rules.id, ruleId), ne(rules.state, state)))
    .returning();
  return rule;
}
