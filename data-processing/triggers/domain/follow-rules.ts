import { and, eq, sql } from "drizzle-orm";
import log from "encore.dev/log";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import type { Rule } from "../../entity-conversion/types.js";
import { triggerFeeds, triggerSources, triggerTenants } from "../../schema.js";
import { type DataSource, workspaceSource } from "../../sources/data-source.js";
import { parseEntityName } from "../../sources/identifiers.js";
import type { CapturedEntity } from "../types.js";
import { type AutomaticRule, activeAutomaticRules } from "./active-rules.js";
import { circleWarning } from "./find-circle.js";
import { triggerChannel } from "./record-runs.js";

/**
 * Notes changes of exactly the entities that the tenant's active automatic rules stand on: in the workspace at once, in
 * other data sources by whoever reads their changes. Returns whether the tenant has such rules.
 */
async function followRules(
  db: Db,
  openWorkspace: (tenantId: string) => DataSource,
  tenantId: string,
): Promise<boolean> {
  const rules = await openWorkspace(tenantId).begin(async (tx) => {
    // What is read under the lock is what is noted: nobody else comes between.
    await tx`SELECT pg_advisory_xact_lock(hashtextextended(${`axion triggers ${tenantId}`}, 0)),
      set_config('lock_timeout', '5s', true)`;
    const found = await activeAutomaticRules(db, tenantId);
    const stopped = await isStopped(db, tenantId, workspaceSource);
    const wanted = JSON.stringify(stopped ? [] : entitiesOf(found, workspaceSource));
    const [row] = await tx<{ watched: string }[]>`
      SELECT to_json(axion.watch_entities(ARRAY(SELECT json_array_elements_text(${wanted}::text::json))))::text AS watched`;
    await keepSources(db, tenantId, found, JSON.parse(row!.watched) as string[]);
    return found;
  });
  return rules.length > 0;
}

/** Whether an operator has stopped noticing changes of the data source. */
async function isStopped(db: Db, tenantId: string, source: string): Promise<boolean> {
  const [row] = await withTenant(db, tenantId, (tx) =>
    tx
      .select({ state: triggerSources.state })
      .from(triggerSources)
      .where(and(eq(triggerSources.tenantId, tenantId), eq(triggerSources.source, source))),
  );
  return row?.state === "stopped";
}

/** Names of the entities of a data source that rules stand on. */
export function entitiesOf(rules: readonly AutomaticRule[], dataSource: string): string[] {
  const names = rules
    .filter(({ definition }) => definition.source.dataSource === dataSource)
    .map(({ definition }) => definition.source.entity);
  if (dataSource !== workspaceSource) return [...new Set(names)].sort();
  return [...new Set(names.map((name) => parseEntityName(name, "").table))].sort();
}

async function keepSources(
  db: Db,
  tenantId: string,
  rules: readonly AutomaticRule[],
  watched: readonly string[],
): Promise<void> {
  const sources = [...new Set(rules.map(({ definition }) => definition.source.dataSource))];
  await withTenant(db, tenantId, async (tx) => {
    if (!sources.includes(workspaceSource))
      await tx
        .delete(triggerSources)
        .where(and(eq(triggerSources.tenantId, tenantId), eq(triggerSources.source, workspaceSource)));
    for (const source of sources) {
      if (source === workspaceSource) await keepWorkspace(tx, tenantId, watched);
      else {
        await tx.insert(triggerSources).values({ tenantId, source }).onConflictDoNothing();
        await tx.insert(triggerFeeds).values({ tenantId, source }).onConflictDoNothing();
      }
    }
    // Those that no rule needs any more are among them: who reads a feed takes it down.
    await tx
      .update(triggerFeeds)
      .set({ revision: sql`${triggerFeeds.revision} + 1` })
      .where(eq(triggerFeeds.tenantId, tenantId));
    await tx.execute(sql`select pg_notify(${triggerChannel}, 'feeds')`);
  });
}

async function keepWorkspace(tx: Db, tenantId: string, watched: readonly string[]): Promise<void> {
  const entities = watched.map((entity): CapturedEntity => ({ entity, mode: "capture" }));
  const values = { state: "running" as const, mode: "capture" as const, entities };
  await tx
    .insert(triggerSources)
    .values({ tenantId, source: workspaceSource, ...values, startedAt: sql`now()` })
    .onConflictDoUpdate({
      target: [triggerSources.tenantId, triggerSources.source],
      set: {
        ...values,
        state: sql`case when ${triggerSources.state} = 'stopped' then 'stopped' else 'running' end`,
        startedAt: sql`coalesce(${triggerSources.startedAt}, now())`,
      },
    });
}

/**
 * Follows a rule that was changed just now, so that the first change after the answer starts it. Where that fails, the
 * rules are followed later, by the worker. Answers with the rule, and a warning where it closes a circle of rules.
 */
export async function followChangedRule(
  db: Db,
  openWorkspace: (tenantId: string) => DataSource,
  tenantId: string,
  rule: Rule,
): Promise<Rule> {
  if (rule.definition.trigger.mode !== "automatic") return rule;
  try {
    await followRules(db, openWorkspace, tenantId);
    if (rule.state !== "active") return rule;
    const warning = circleWarning(rule, await activeAutomaticRules(db, tenantId));
    return warning === undefined ? rule : { ...rule, warnings: [warning] };
  } catch (error) {
    log.warn(error, "automatic rules not followed at once", { tenantId });
    return rule;
  }
}

const secondsBetween = 600;
const secondsAfterFailure = 15;

/** Follows the rules of the tenants whose turn it is. Returns whether there were any. */
export async function followDueTenants(
  db: Db,
  openWorkspace: (tenantId: string) => DataSource,
): Promise<boolean> {
  const [due] = await db.execute<{ tenant_id: string; due_at: string }>(sql`
    update trigger_tenants set due_at = now() + make_interval(secs => ${secondsAfterFailure})
    where tenant_id = (
      select tenant_id from trigger_tenants where due_at <= now()
      order by due_at limit 1 for update skip locked)
    returning tenant_id, due_at::text`);
  if (!due) return false;
  const claimed = and(
    eq(triggerTenants.tenantId, due.tenant_id),
    sql`${triggerTenants.dueAt} = ${due.due_at}::timestamptz`,
  );
  try {
    await forgetOldRuns(db, due.tenant_id);
    // What changed meanwhile has another time, and its turn again.
    if (await followRules(db, openWorkspace, due.tenant_id))
      await db
        .update(triggerTenants)
        .set({ dueAt: sql`now() + make_interval(secs => ${secondsBetween})` })
        .where(claimed);
    else await db.delete(triggerTenants).where(claimed);
  } catch (error) {
    log.warn(error, "automatic rules not followed; trying again", { tenantId: due.tenant_id });
  }
  return true;
}

const daysKept = 7;
const forgottenAtATime = 5_000;

/** Removes runs that were settled a week ago; those that failed stay until they are retried or discarded. */
async function forgetOldRuns(db: Db, tenantId: string): Promise<void> {
  await withTenant(db, tenantId, (tx) =>
    tx.execute(sql`delete from trigger_runs where id = any(array(
      select id from trigger_runs where tenant_id = ${tenantId} and state in ('completed', 'discarded')
        and finished_at < now() - make_interval(days => ${daysKept}) limit ${forgottenAtATime}))`),
  );
}
