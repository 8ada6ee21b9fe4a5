import { APIError, ErrCode } from "encore.dev/api";
import { type DataSource, writtenBy } from "../../../sources/data-source.js";
import type { RuleDefinition } from "../../types.js";
import type { RuleWorld } from "../prepare-rule.js";
import { ensureWriteBacks } from "../write-back-tables.js";
import type { LinkScope } from "./link-steps.js";
import { queueRestores, type RestorePlace } from "./queued-restores.js";
import { readSourceImages, restoreSources } from "./source-fields.js";
import type { TargetTable } from "./target-records.js";
import type { SourceRestorer } from "./undo-records.js";

/** How a rule's source gets back what was written to it; `place` where it is in another database than the target. */
interface OpenRestorer {
  restorer: SourceRestorer;
  place?: RestorePlace;
}

/** Opens the source of a rule for restoring. Where it is gone there is nothing to restore, if the undoing is forced. */
export async function openRestorer(
  world: RuleWorld,
  { scope, definition, target }: { scope: LinkScope; definition: RuleDefinition; target: DataSource },
  force: boolean,
): Promise<OpenRestorer | undefined> {
  try {
    const source = writtenBy(await world.open(definition.source.dataSource), scope.ruleId);
    const entity = await world.discover(definition.source);
    const table = { entity, key: entity.recordKey };
    await ensureWriteBacks(source, target);
    if (source.database === target.database) return { restorer: restorerHere(scope, table) };
    const place = { scope, source, table, target };
    return { restorer: restorerElsewhere(place), place };
  } catch (error) {
    if (force && error instanceof APIError && error.code === ErrCode.NotFound) return undefined;
    throw error;
  }
}

function restorerHere(scope: LinkScope, table: TargetTable): SourceRestorer {
  return {
    read: (tx, undos) => readSourceImages(tx, scope, table, undos),
    restore: async (tx, undos) => {
      const images = await readSourceImages(tx, scope, table, undos);
      await restoreSources(tx, scope, table, { undos, images });
    },
  };
}

function restorerElsewhere({ scope, source, table }: RestorePlace): SourceRestorer {
  return {
    read: (_tx, undos) => source.begin((inner) => readSourceImages(inner, scope, table, undos)),
    restore: (tx, undos) => queueRestores(tx, scope, undos),
  };
}
