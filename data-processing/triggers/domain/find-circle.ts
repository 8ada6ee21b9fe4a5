import type { RuleDefinition } from "../../entity-conversion/types.js";
import { parseEntityName } from "../../sources/identifiers.js";
import type { AutomaticRule } from "./active-rules.js";

/**
 * The rules of a circle that a rule closes: each writes what starts the next one, the last one what starts the first. It is
 * the shortest one; empty where there is none. Conditions are not looked at: they may keep the circle from ever running.
 */
export function findCircle(rule: AutomaticRule, others: readonly AutomaticRule[]): AutomaticRule[] {
  const all = others.filter(({ id }) => id !== rule.id);
  const paths: AutomaticRule[][] = [[rule]];
  const seen = new Set([rule.id]);
  for (const path of paths) {
    const written = writtenEntities(path.at(-1)!.definition);
    if (path.length > 1 && written.has(sourceOf(rule.definition))) return path;
    for (const next of all) {
      if (seen.has(next.id) || !written.has(sourceOf(next.definition))) continue;
      seen.add(next.id);
      paths.push([...path, next]);
    }
  }
  return [];
}

/** What is said of a circle when a rule that closes it becomes active; undefined where it closes none. */
export function circleWarning(rule: AutomaticRule, others: readonly AutomaticRule[]): string | undefined {
  const circle = findCircle(rule, others);
  if (circle.length === 0) return undefined;
  const names = [...circle, rule].map(({ definition }) => `"${definition.name}"`).join(" → ");
  return `Automatic rules write what starts each other: ${names}. A change goes round once and is stopped then (trigger_loop).`;
}

function sourceOf({ source }: RuleDefinition): string {
  return entityKey(source.dataSource, source.entity);
}

/** Entities that a conversion by the rule may write. */
function writtenEntities(definition: RuleDefinition): Set<string> {
  const { source, target, related = [], writeBack = [] } = definition;
  const written = [target.entity, ...related.map(({ entity }) => entity)].map((entity) =>
    entityKey(target.dataSource, entity),
  );
  return new Set(writeBack.length > 0 ? [...written, entityKey(source.dataSource, source.entity)] : written);
}

function entityKey(dataSource: string, entity: string): string {
  const { schema, table } = parseEntityName(entity, "public");
  return JSON.stringify([dataSource, schema, table]);
}
