import { connectionString, db } from "../db.js";
import { schemaCache } from "../schema-discovery/cache.js";
import { discoverEntity } from "../schema-discovery/domain/discover.js";
import { type DataSource, withChain } from "../sources/data-source.js";
import { openSource, workspaceIsBeside } from "../sources/open-source.js";
import type { RuleWorld } from "./domain/prepare-rule.js";

/** Within this time a data source is opened once: what follows belongs to the same step. */
const sameStepMs = 500;

/**
 * How the rules of a tenant reach data. With `fresh`, schemas are read from the live databases, not the cache; with `chain`,
 * what they write comes from those rules beside their own.
 */
export function ruleWorld(
  actor: { tenantId: string; userID: string },
  options: { fresh?: boolean; chain?: readonly string[] } = {},
): RuleWorld {
  const opened = new Map<string, { at: number; source: Promise<DataSource> }>();
  const open = async (dataSource: string): Promise<DataSource> => {
    const known = opened.get(dataSource);
    const fresh = known && performance.now() - known.at < sameStepMs;
    const source = fresh ? known.source : openSource(actor.tenantId, dataSource);
    if (!fresh) opened.set(dataSource, { at: performance.now(), source });
    // A failure is not kept: who tries again asks anew.
    source.catch(() => opened.delete(dataSource));
    return options.chain ? withChain(await source, options.chain) : await source;
  };
  return {
    open,
    workspaceBeside: workspaceIsBeside(connectionString),
    discover: async (ref, { fresh } = { fresh: options.fresh ?? false }) =>
      await discoverEntity(
        { db, cache: schemaCache, source: await open(ref.dataSource), userId: actor.userID },
        ref.entity,
        { refresh: fresh },
      ),
  };
}
