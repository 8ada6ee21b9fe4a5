import { db } from "../db.js";
import { schemaCache } from "../schema-discovery/cache.js";
import { discoverEntity } from "../schema-discovery/domain/discover.js";
import { openSource } from "../sources/open-source.js";
import type { RuleWorld } from "./domain/prepare-rule.js";

/** How the rules of a tenant reach data. With `fresh`, schemas are read from the live databases, not the cache. */
export function ruleWorld(
  actor: { tenantId: string; userID: string },
  options: { fresh?: boolean } = {},
): RuleWorld {
  const open = (dataSource: string) => openSource(actor.tenantId, dataSource);
  return {
    open,
    discover: async (ref) =>
      await discoverEntity(
        { db, cache: schemaCache, source: await open(ref.dataSource), userId: actor.userID },
        ref.entity,
        { refresh: options.fresh },
      ),
  };
}
