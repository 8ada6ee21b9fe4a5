import { and, eq, sql } from "drizzle-orm";
import type postgres from "postgres";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import { recordFields } from "../../entity-conversion/domain/compile-rule.js";
import { ProblemList } from "../../entity-conversion/domain/rule-problems.js";
import { checkTrigger, readsOld } from "../../entity-conversion/domain/trigger-condition.js";
import { triggerSources } from "../../schema.js";
import type { DiscoveredEntity } from "../../schema-discovery/domain/entity.js";
import type { DataSource } from "../../sources/data-source.js";
import { parseEntityName, type TableName } from "../../sources/identifiers.js";
import type { CapturedEntity } from "../types.js";
import { type AutomaticRule, activeAutomaticRules } from "./active-rules.js";
import { type FeedName, type FeedState, type FeedWorld, noteRetained, takeDown } from "./feed-state.js";
import { entitiesOf } from "./follow-rules.js";
import { chooseWatermark } from "./polling/choose-watermark.js";
import { type PolledEntity, pollEntity } from "./polling/poll-entity.js";
import { LogStream } from "./replication/log-stream.js";
import { haveMoved } from "./replication/moved-tables.js";
import { LogFeed, type ReplicatedEntity } from "./replication/read-log.js";
import {
  captureName,
  ensureReplication,
  type Replication,
  retainedBytes,
  type WantedTable,
} from "./replication/slot.js";
import { tellCapture, warnOfCapture } from "./tell-capture.js";

/** An entity with its rules, and what its capture needs of it. */
interface Followed {
  name: string;
  rules: AutomaticRule[];
  entity?: DiscoveredEntity;
  error?: string;
}

const pollEveryMs = 1_000;
const watchEveryMs = 15_000;
const lookEveryMs = 5_000;

/** Reads the changes of one data source for as long as it leads. */
export class Feed {
  private stream: LogStream | undefined;
  private ended = false;

  constructor(
    private readonly on: FeedWorld,
    private readonly name: FeedName,
    /** Whether its rules are as they were when it was begun. */
    private readonly isStill: () => Promise<boolean>,
  ) {}

  /** Ends the reading after what is in hand. */
  end(): void {
    this.ended = true;
    this.stream?.interrupt();
  }

  /** Reads until it is ended or its rules change. Throws where changes cannot be read. */
  async run(): Promise<void> {
    const { tenantId, source } = this.name;
    const state = await this.state();
    const rules = await activeAutomaticRules(this.on.db, tenantId, source);
    if (!state || state.state === "stopped" || rules.length === 0 || !(await this.on.isActive(tenantId))) {
      await takeDown(this.on, this.name, state, { forget: rules.length === 0 });
      await this.wait(watchEveryMs);
      return;
    }
    const data = await this.on.open(tenantId, source);
    const followed = await this.follow(rules);
    if (followed.every(({ entity }) => entity === undefined)) {
      // A slot that nobody reads would keep the log for nothing.
      await takeDown(this.on, this.name, state, { forget: false });
      throw new Error(followed.map(({ error }) => error).join(" "));
    }
    const log = data.readOnly ? undefined : await this.on.openReplication(tenantId, source);
    try {
      const replication = await this.replicate(log, state, followed, data.readOnly);
      // A slot that was made is not given up for a right that is gone: its changes are caught up once the right is back.
      if (state.slot !== null && replication.tables.length === 0 && replication.reason !== undefined)
        throw new Error(replication.reason);
      const polled = this.polledOf(followed, ({ name }) =>
        replication.refused.some(({ entity }) => entity === name),
      );
      // What was polled until now and is replicated from here on: its changes from before the slot.
      const handedOver = this.polledOf(
        followed,
        ({ name }) =>
          replication.tables.some(({ entity }) => entity === name) &&
          state.entities.some((known) => known.entity === name && known.watermark !== undefined),
      );
      // From here on changes are noticed.
      for (const entity of polled) await pollEntity(this.on, data, entity);
      for (const entity of handedOver) if (!(await this.pollToEnd(data, entity))) return;
      await this.tellRunning(state, followed, replication, polled);
      if (log && replication.tables.length > 0) await this.read(log, data, followed, replication, polled);
      else await this.poll(data, followed, polled);
    } finally {
      await this.stream?.close();
      this.stream = undefined;
      await log?.end({ timeout: 1 });
    }
  }

  private async goesOn(): Promise<boolean> {
    return (await this.isStill()) && (await this.on.isActive(this.name.tenantId));
  }

  private async state(): Promise<FeedState | undefined> {
    const { tenantId, source } = this.name;
    const [row] = await withTenant(this.on.db, tenantId, (tx) =>
      tx
        .select()
        .from(triggerSources)
        .where(and(eq(triggerSources.tenantId, tenantId), eq(triggerSources.source, source))),
    );
    return row;
  }

  private async follow(rules: readonly AutomaticRule[]): Promise<Followed[]> {
    const { tenantId, source } = this.name;
    const world = this.on.world(tenantId, { fresh: true });
    return await Promise.all(
      entitiesOf(rules, source).map(async (name): Promise<Followed> => {
        const concerned = rules.filter(({ definition }) => definition.source.entity === name);
        try {
          const entity = await world.discover({ dataSource: source, entity: name });
          return { name, rules: concerned, entity };
        } catch (error) {
          if ((error as { code?: string }).code !== "not_found") throw error;
          return { name, rules: concerned, error: (error as Error).message };
        }
      }),
    );
  }

  private async replicate(
    log: postgres.Sql | undefined,
    state: FeedState,
    followed: readonly Followed[],
    readOnly: boolean,
  ): Promise<Replication> {
    const wanted = followed.flatMap(({ name, rules, entity }): WantedTable[] =>
      entity
        ? [{ entity: name, name: entity.table, readsOld: rules.some((rule) => asksForOld(rule, entity)) }]
        : [],
    );
    if (log && wanted.length > 0) {
      // Known before it is made, so that it is removed whatever happens in between.
      await this.keepName();
      return await ensureReplication(
        log,
        captureName(this.name.tenantId, this.name.source),
        wanted,
        state.slot !== null,
      );
    }
    const reason = readOnly
      ? "The data source is read-only: no replication slot is made in it."
      : "A connection pooler stands before the server: replication does not pass it.";
    const refused = wanted.map(({ entity }) => ({ entity, reason }));
    return { tables: [], refused, reason, created: false, lost: false, identified: [], messages: false };
  }

  private async keepName(): Promise<void> {
    const { tenantId, source } = this.name;
    await withTenant(this.on.db, tenantId, (tx) =>
      tx
        .update(triggerSources)
        .set({ publication: captureName(tenantId, source) })
        .where(and(eq(triggerSources.tenantId, tenantId), eq(triggerSources.source, source))),
    );
  }

  private polledOf(followed: readonly Followed[], isPolled: (followed: Followed) => boolean): PolledEntity[] {
    return followed.filter(isPolled).flatMap(({ name, rules, entity }) => {
      const watermark = entity && chooseWatermark(entity, rules);
      return entity && watermark ? [{ entity, name, watermark, rules }] : [];
    });
  }

  private async tellRunning(
    state: FeedState,
    followed: readonly Followed[],
    replication: Replication,
    polled: readonly PolledEntity[],
  ): Promise<void> {
    const { tenantId, source } = this.name;
    const replicated = replication.tables.length > 0;
    const entities = followed.map(({ name, error }): CapturedEntity => {
      if (error !== undefined) return { entity: name, mode: "polling", error };
      const refusal = replication.refused.find(({ entity }) => entity === name);
      const earlier = state.entities.some((known) => known.entity === name && known.identityMadeFull);
      if (!refusal)
        return earlier || replication.identified.includes(name)
          ? { entity: name, mode: "replication", identityMadeFull: true }
          : { entity: name, mode: "replication" };
      const watermark = polled.find((entity) => entity.name === name)?.watermark;
      const missing =
        "It has no field that grows with each change, such as updated_at: name one in the trigger's `watermark`.";
      return watermark
        ? { entity: name, mode: "polling", watermark: watermark.field, reason: refusal.reason }
        : { entity: name, mode: "polling", reason: refusal.reason, error: missing };
    });
    const slot = replicated ? captureName(tenantId, source) : null;
    await withTenant(this.on.db, tenantId, async (tx) => {
      await tx
        .update(triggerSources)
        .set({
          state: "running",
          mode: replicated ? "replication" : "polling",
          reason: replication.reason ?? null,
          entities,
          slot,
          publication: slot,
          startedAt: replication.created || state.startedAt === null ? sql`now()` : state.startedAt,
          error: null,
          failingSince: null,
        })
        .where(and(eq(triggerSources.tenantId, tenantId), eq(triggerSources.source, source)));
      const capture = { tenantId, source, slot, publication: slot };
      if (replication.created) await tellCapture(tx, capture, { change: "created" });
      if (replication.lost)
        await warnOfCapture(tx, capture, {
          reason: "changes_lost",
          message: `The replication slot ${slot} of "${source}" was gone, and with it the changes since it was last read. It was made anew: convert the records that were changed meanwhile by a job.`,
        });
    });
  }

  /** Reads the log, and polls beside it what the log does not tell of. */
  private async read(
    sql: postgres.Sql,
    data: DataSource,
    followed: readonly Followed[],
    replication: Replication,
    polled: readonly PolledEntity[],
  ): Promise<void> {
    const { tenantId, source } = this.name;
    const name = captureName(tenantId, source);
    const entities = replication.tables.map(
      ({ entity, name: table }): ReplicatedEntity => ({
        entity,
        ...table,
        rules: followed.find((other) => other.name === entity)!.rules,
      }),
    );
    this.stream = await LogStream.open(sql, {
      slot: name,
      publication: name,
      messages: replication.messages,
    });
    const reading = new LogFeed(this.on, { tenantId, source, entities }, this.stream);
    const published = replication.tables.map((table) => table.name);
    const missing = missingOf(followed);
    let watched = 0;
    let asked = Date.now();
    let looked = Date.now();
    while (!this.ended) {
      await reading.step();
      if (Date.now() - asked > pollEveryMs) {
        asked = Date.now();
        for (const entity of polled) await pollEntity(this.on, data, entity);
        if (!(await this.goesOn())) return;
      }
      if (Date.now() - looked > lookEveryMs) {
        looked = Date.now();
        if (await haveMoved(this.on, data, { published, missing })) return;
      }
      if (Date.now() - watched > watchEveryMs) {
        watched = Date.now();
        await this.watch(data, name);
      }
    }
  }

  /** False where it was ended before all was read: whoever begins next goes on there. */
  private async pollToEnd(data: DataSource, entity: PolledEntity): Promise<boolean> {
    while (await pollEntity(this.on, data, entity)) if (this.ended) return false;
    return true;
  }

  private async poll(
    data: DataSource,
    followed: readonly Followed[],
    polled: readonly PolledEntity[],
  ): Promise<void> {
    const missing = missingOf(followed);
    let looked = Date.now();
    while (!this.ended && (await this.goesOn())) {
      let more = false;
      if (Date.now() - looked > lookEveryMs) {
        looked = Date.now();
        if (await haveMoved(this.on, data, { published: [], missing })) return;
      }
      for (const entity of polled) more = (await pollEntity(this.on, data, entity)) || more;
      if (!more) await this.wait(pollEveryMs);
    }
  }

  /** Tells once of a slot that keeps too much of the log, and of one that is gone. */
  private async watch(data: DataSource, slot: string): Promise<void> {
    const { tenantId, source } = this.name;
    const bytes = await retainedBytes(data, slot);
    if (bytes === undefined) throw new Error(`The replication slot ${slot} is gone.`);
    await noteRetained(this.on, { tenantId, source, slot }, bytes);
  }

  private async wait(ms: number): Promise<void> {
    for (const until = Date.now() + ms; !this.ended && Date.now() < until; ) {
      await new Promise((resolve) => setTimeout(resolve, Math.min(500, until - Date.now())));
      if (!(await this.isStill())) return;
    }
  }
}

function missingOf(followed: readonly Followed[]): TableName[] {
  return followed.filter(({ entity }) => !entity).map(({ name }) => parseEntityName(name, "public"));
}

function asksForOld(rule: AutomaticRule, entity: DiscoveredEntity): boolean {
  const fields = recordFields(entity);
  const condition = checkTrigger(new ProblemList(), rule.definition.trigger, fields);
  return condition !== undefined && readsOld(condition, fields);
}
