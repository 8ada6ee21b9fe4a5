import type { Db } from "../../db.js";
import type { RuleWorld } from "../../entity-conversion/domain/prepare-rule.js";
import { checkRule, liveRules, readingOnce } from "./check-rules.js";
import { entitiesOf, type NamedEntity, sameEntity } from "./rule-entities.js";

/** Compares the rules that name an entity with the schemas as they are now, after the entity's own has changed. */
export async function checkRulesOfEntity(
  db: Db,
  world: RuleWorld,
  tenantId: string,
  changed: NamedEntity,
): Promise<void> {
  const reading = readingOnce(world);
  for await (const rule of liveRules(db, tenantId)) {
    if (!entitiesOf(rule.definition).some((named) => sameEntity(named, changed))) continue;
    await checkRule(db, reading, tenantId, rule);
  }
}
