import { writtenBy } from "../../../sources/data-source.js";
import type { RuleDefinition } from "../../types.js";
import type { WriteBackJournal } from "../convert-batch.js";
import { ensureLinks } from "../links.js";
import type { RuleWorld } from "../prepare-rule.js";
import { referenceOrder } from "../reference-order.js";
import type { LinkStep } from "./link-steps.js";
import { openRestorer } from "./open-restorer.js";
import type { TargetTable } from "./target-records.js";
import type { OpenUndo } from "./undo-batch.js";
import type { UndoMeaning } from "./undo-candidates.js";

/**
 * Opens the target of a rule for undoing what its versions did and, where one of them writes back to the source, the
 * source.
 */
export async function openUndo(
  world: RuleWorld,
  rule: {
    tenantId: string;
    ruleId: string;
    ruleVersion: number;
    definition: RuleDefinition;
    writesBack: boolean;
    journal: WriteBackJournal;
  },
  meaning: UndoMeaning,
): Promise<OpenUndo> {
  const { tenantId, ruleId, ruleVersion, definition, journal } = rule;
  const target = writtenBy(await world.open(definition.target.dataSource), ruleId);
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
  const opened = rule.writesBack
    ? await openRestorer(world, { scope, definition, target }, meaning.force)
    : undefined;
  const work = { ...meaning, scope, tableOf, parts: partNames(definition), source: opened?.restorer };
  return { target, work, restores: opened?.place && { place: opened.place, journal, ruleVersion } };
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
