import { sql } from "drizzle-orm";
import { APIError, ErrCode } from "encore.dev/api";
import log from "encore.dev/log";
import type { Db } from "../../db.js";
import type { RuleWorld } from "../../entity-conversion/domain/prepare-rule.js";
import { readEntities } from "../../schema-discovery/domain/read-entity.js";
import { recordRemovals, recordSchemas } from "../../schema-discovery/domain/record-schemas.js";
import type { DataSource } from "../../sources/data-source.js";
import { formatEntityName, parseEntityName } from "../../sources/identifiers.js";
import { checkRule, type LiveRule, liveRules, readingOnce } from "./check-rules.js";
import { entitiesOf, type NamedEntity, sameEntity } from "./rule-entities.js";

const minutesBetween = 15;
const entitiesAtATime = 500;

/** How the check reaches a tenant's data: schemas are read from the live databases. */
type WorldOf = (tenantId: string) => RuleWorld;

/**
 * Compares the rules of the tenants whose turn it is with the live schemas, until `until`. Each tenant's turn comes every
 * 15 minutes; several instances share them out.
 */
export async function checkDueTenants(db: Db, worldOf: WorldOf, until: number): Promise<number> {
  for (let checked = 0; ; checked++) {
    const tenantId = Date.now() < until ? await claimTenant(db) : undefined;
    if (tenantId === undefined) return checked;
    await checkTenant(db, worldOf(tenantId), tenantId);
  }
}

async function claimTenant(db: Db): Promise<string | undefined> {
  const [row] = await db.execute<{ tenant_id: string }>(sql`
    update drift_checks set due_at = now() + make_interval(mins => ${minutesBetween})
    where tenant_id = (select tenant_id from drift_checks where due_at <= now() order by due_at limit 1 for update skip locked)
    returning tenant_id`);
  return row?.tenant_id;
}

/** Compares the entities that a tenant's rules name with what is known of them, and the rules that a difference concerns. */
export async function checkTenant(db: Db, world: RuleWorld, tenantId: string): Promise<void> {
  const live: LiveRule[] = [];
  for await (const rule of liveRules(db, tenantId)) live.push(rule);
  const changed: NamedEntity[] = [];
  for (const [dataSource, entities] of bySource(live)) {
    changed.push(...(await changesIn(db, world, { tenantId, dataSource, entities })));
  }
  const reading = readingOnce(world);
  for (const rule of live) {
    const named = entitiesOf(rule.definition);
    const concerned = named.some((one) => changed.some((other) => sameEntity(one, other)));
    if (concerned || rule.problems !== null) await checkRule(db, reading, tenantId, rule);
  }
}

function bySource(live: readonly LiveRule[]): Map<string, string[]> {
  const sources = new Map<string, Set<string>>();
  for (const { dataSource, entity } of live.flatMap((rule) => entitiesOf(rule.definition))) {
    sources.set(dataSource, (sources.get(dataSource) ?? new Set()).add(entity));
  }
  return new Map([...sources].map(([name, entities]) => [name, [...entities]]));
}

/** Those of the entities that are not as they were. A source that is gone has lost them all; one out of reach none. */
async function changesIn(
  db: Db,
  world: RuleWorld,
  looked: { tenantId: string; dataSource: string; entities: string[] },
): Promise<NamedEntity[]> {
  const { tenantId, dataSource, entities } = looked;
  const named = (names: readonly string[]) => names.map((entity) => ({ dataSource, entity }));
  try {
    const source = await world.open(dataSource);
    const changed: string[] = [];
    for (let at = 0; at < entities.length; at += entitiesAtATime) {
      changed.push(...(await compare(db, source, entities.slice(at, at + entitiesAtATime))));
    }
    return named(changed);
  } catch (error) {
    if (!(error instanceof APIError)) throw error;
    if (error.code === ErrCode.NotFound) return named(entities);
    log.warn(error, "schemas not compared", { tenantId, dataSource });
    return [];
  }
}

async function compare(db: Db, source: DataSource, names: string[]): Promise<string[]> {
  const owner = { tenantId: source.tenantId, source: source.name, userId: "system" };
  const found = (await readEntities(source, names)).map(({ schema }) => schema);
  const changed = await recordSchemas(db, owner, found);
  const there = new Set(found.map(({ entityType }) => entityType));
  const missing = names.map((name) => canonicalName(source, name)).filter((name) => !there.has(name));
  await recordRemovals(db, owner, missing);
  return [...changed, ...missing];
}

function canonicalName(source: DataSource, name: string): string {
  return formatEntityName(parseEntityName(name, source.defaultSchema), source.defaultSchema);
}
