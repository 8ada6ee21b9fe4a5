import { and, asc, eq, gt, isNull, ne, sql } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import log from "encore.dev/log";
import { newEvent } from "../../../shared/events/envelope.js";
import { addToOutbox } from "../../../shared/events/outbox.js";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import { prepareRule, type RuleWorld } from "../../entity-conversion/domain/prepare-rule.js";
import type { EntityRef, RuleDefinition, RuleProblem } from "../../entity-conversion/rule-types.js";
import { rules, ruleVersions } from "../../schema.js";

const rulesAtATime = 100;
const mostProblems = 100;

/** A rule that is in use or being made, at its latest version. */
export interface LiveRule {
  id: string;
  version: number;
  name: string;
  definition: RuleDefinition;
  problems: RuleProblem[] | null;
}

/** A tenant's rules that are not retired, page by page. */
export async function* liveRules(db: Db, tenantId: string): AsyncGenerator<LiveRule> {
  for (let after: string | undefined; ; ) {
    const page = await withTenant(db, tenantId, (tx) =>
      tx
        .select({
          id: rules.id,
          version: rules.latestVersion,
          name: rules.name,
          definition: ruleVersions.definition,
          problems: rules.problems,
        })
        .from(rules)
        .innerJoin(
          ruleVersions,
          and(eq(ruleVersions.ruleId, rules.id), eq(ruleVersions.version, rules.latestVersion)),
        )
        .where(
          and(
            eq(rules.tenantId, tenantId),
            ne(rules.state, "retired"),
            after === undefined ? undefined : gt(rules.id, after),
          ),
        )
        .orderBy(asc(rules.id))
        .limit(rulesAtATime),
    );
    yield* page;
    after = page.at(-1)?.id;
    if (page.length < rulesAtATime) return;
  }
}

/**
 * Compares a rule with the live schemas of its entities and marks it, or takes the mark away: told of as `rule-drifted` and
 * `rule-mended`. A second check of the same state changes nothing. A source that cannot be reached says nothing about a
 * rule, which stays as it is.
 */
export async function checkRule(db: Db, world: RuleWorld, tenantId: string, rule: LiveRule): Promise<void> {
  const { id: ruleId, version: ruleVersion, definition } = rule;
  try {
    const { problems } = await prepareRule(world, { ruleId, ruleVersion, definition });
    await markRule(db, tenantId, rule, problems.slice(0, mostProblems));
  } catch (error) {
    if (!(error instanceof APIError)) throw error;
    log.warn(error, "rule not compared with its schemas", { tenantId, ruleId });
  }
}

/** Schemas from the live databases, each read once. */
export function readingOnce(world: RuleWorld): RuleWorld {
  const known = new Map<string, ReturnType<RuleWorld["discover"]>>();
  return {
    ...world,
    discover: (ref: EntityRef) => {
      const key = JSON.stringify([ref.dataSource, ref.entity]);
      const found = known.get(key) ?? world.discover(ref);
      known.set(key, found);
      return found;
    },
  };
}

async function markRule(db: Db, tenantId: string, rule: LiveRule, problems: RuleProblem[]): Promise<void> {
  const drifted = problems.length > 0;
  if (!drifted && rule.problems === null) return;
  const marked = drifted ? JSON.stringify(problems) : null;
  await withTenant(db, tenantId, async (tx) => {
    const [row] = await tx
      .update(rules)
      .set({
        problems: drifted ? problems : null,
        driftedAt: drifted ? sql`coalesce(${rules.driftedAt}, now())` : null,
      })
      .where(
        and(
          eq(rules.tenantId, tenantId),
          eq(rules.id, rule.id),
          eq(rules.latestVersion, rule.version),
          ne(rules.state, "retired"),
          drifted
            ? sql`${rules.problems} is distinct from ${marked}::jsonb`
            : sql`not ${isNull(rules.problems)}`,
        ),
      )
      .returning({ id: rules.id });
    if (row === undefined) return;
    const about = {
      ruleId: rule.id,
      ruleVersion: rule.version,
      name: rule.name,
      sourceEntity: rule.definition.source.entity,
      targetEntity: rule.definition.target.entity,
    };
    const event = drifted
      ? {
          type: "rule-drifted" as const,
          ...about,
          problems: problems.map(({ path, code, message }) => ({ path, code, message })),
        }
      : { type: "rule-mended" as const, ...about };
    await addToOutbox(
      tx,
      "conversion-events",
      newEvent(event, { tenantId, userId: "system", orderedBy: rule.id }),
    );
  });
}
