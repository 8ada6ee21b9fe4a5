import type { DataSource } from "../../../sources/data-source.js";
import type { RuleDefinition } from "../../types.js";
import { ensureLinks } from "../links.js";
import type { RuleWorld } from "../prepare-rule.js";
import { referenceOrder } from "../reference-order.js";
import type { LinkStep } from "./link-steps.js";
import type { TargetTable } from "./target-records.js";
import type { UndoMeaning } from "./undo-candidates.js";
import type { UndoWork } from "./undo-records.js";

/** Opens the target of a rule for undoing what one of its versions did. */
export async function openUndo(
  world: RuleWorld,
  rule: { tenantId: string; ruleId: string; definition: RuleDefinition },
  meaning: UndoMeaning,
): Promise<{ target: DataSource; work: UndoWork }> {
  const { tenantId, ruleId, definition } = rule;
  const target = await world.open(definition.target.dataSource);
  await ensureLinks(target);
  const tables = new Map<string, Promise<TargetTable>>();
  const tableOf = (step: LinkStep): Promise<TargetTable> => {
    const known = tables.get(step.targetEntity);
    if (known) return known;
    const ref = { dataSource: definition.target.dataSource, entity: step.targetEntity };
    const found = world.discover(ref).then((entity): TargetTable => {
      const key = entity.recordKey.length > 0 ? entity.recordKey : naturalKeyOf(definition, step.part);
      return { entity, key };
    });
    tables.set(step.targetEntity, found);
    return found;
  };
  const sourceEntity = `${definition.source.dataSource}/${definition.source.entity}`;
  const scope = { tenantId, ruleId, sourceEntity };
  return { target, work: { ...meaning, scope, tableOf, parts: partNames(definition) } };
}

function naturalKeyOf({ naturalKey, related }: RuleDefinition, part: string): string[] {
  if (part === "") return naturalKey;
  return related?.find((record) => record.name === part)?.naturalKey ?? [];
}

/** Names of a rule's parts as links know them, each after those it refers to. */
function partNames({ mappings, related = [] }: RuleDefinition): string[] {
  const parts = [{ name: "main", path: "", mappings }, ...related.map((record) => ({ ...record, path: "" }))];
  return referenceOrder(parts).order.map((at) => (at === 0 ? "" : parts[at]!.name));
}
