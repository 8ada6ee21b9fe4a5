import { and, eq, sql } from "drizzle-orm";
import { withTenant } from "../../../../shared/tenancy/with-tenant.js";
import { triggerSources } from "../../../schema.js";
import { chainMessage } from "../../../sources/pool.js";
import type { AutomaticRule } from "../active-rules.js";
import type { CaptureWorld } from "../capture-workspace.js";
import type { Match } from "../match-changes.js";
import { matchFresh } from "../match-fresh.js";
import type { NotedChange } from "../read-changes.js";
import { recordRuns } from "../record-runs.js";
import { type LogItem, type LogStream, lsnText } from "./log-stream.js";
import type { LoggedTable } from "./pgoutput.js";

const changesAtATime = 500;
const waitMs = 1_000;

/** An entity that is replicated, and the rules on it. */
export interface ReplicatedEntity {
  entity: string;
  schema: string;
  table: string;
  rules: readonly AutomaticRule[];
}

interface LoggedChange extends NotedChange {
  table: LoggedTable;
}

/** Reads the changes of a slot: what they start is on record before the server may forget them. */
export class LogFeed {
  private waiting: LoggedChange[] = [];
  /** The transaction that is being read. */
  private transaction: { id: string; at: Date; chain: string[]; count: number } | undefined;

  constructor(
    private readonly on: CaptureWorld,
    private readonly feed: { tenantId: string; source: string; entities: readonly ReplicatedEntity[] },
    private readonly stream: LogStream,
  ) {}

  /** Takes what has come, at most after a second. */
  async step(): Promise<void> {
    for (const item of await this.stream.next(waitMs)) await this.take(item);
    // Changes of the open transaction need not wait for its end, which is known to come: it is committed.
    if (this.waiting.length > 0) await this.flush();
  }

  private async take(item: LogItem): Promise<void> {
    switch (item.kind) {
      case "begin":
        this.transaction = { id: lsnText(item.lsn), at: item.committedAt, chain: [], count: 0 };
        return;
      case "message":
        if (item.prefix === chainMessage && this.transaction)
          this.transaction.chain = item.content === "" ? [] : item.content.split(",");
        return;
      case "insert":
      case "update":
        this.note(item);
        if (this.waiting.length >= changesAtATime) await this.flush();
        return;
      case "commit":
        await this.flush(lsnText(item.end));
        this.transaction = undefined;
        this.stream.acknowledge(item.end);
        return;
      case "keepalive":
        if (this.transaction === undefined && this.waiting.length === 0) this.stream.acknowledge(item.end);
    }
  }

  private note(item: Extract<LogItem, { kind: "insert" | "update" }>): void {
    const transaction = this.transaction!;
    transaction.count++;
    const oldRecord = item.kind === "update" ? item.oldRecord : null;
    if (oldRecord === item.newRecord) return;
    this.waiting.push({
      id: `${transaction.id}/${transaction.count}`,
      operation: item.kind,
      newRecord: item.newRecord,
      oldRecord,
      chain: transaction.chain,
      changedAt: transaction.at,
      table: item.table,
    });
  }

  private async flush(position?: string): Promise<void> {
    const { tenantId, source: dataSource, entities } = this.feed;
    const changes = this.waiting;
    this.waiting = [];
    if (changes.length === 0) return;
    const found: { entity: string; matches: Match[] }[] = [];
    if (await this.on.isAutomatic(tenantId)) {
      for (const { entity, schema, table, rules } of entities) {
        const concerned = changes.filter(
          (change) => change.table.schema === schema && change.table.table === table,
        );
        if (concerned.length === 0) continue;
        for (const withoutOld of [false, true]) {
          const told = concerned.filter((change) => isWithoutOld(change) === withoutOld);
          if (told.length === 0) continue;
          const given = { dataSource, entity, rules, changes: told, withoutOld };
          found.push({ entity, matches: await matchFresh(this.on, tenantId, given) });
        }
      }
    }
    const last = changes.at(-1)!.changedAt;
    await withTenant(this.on.db, tenantId, async (tx) => {
      for (const { entity, matches } of found)
        await recordRuns(tx, { tenantId, dataSource, entity }, matches);
      await tx
        .update(triggerSources)
        .set({ lastChangeAt: last, ...(position === undefined ? {} : { position: sql`${position}` }) })
        .where(and(eq(triggerSources.tenantId, tenantId), eq(triggerSources.source, dataSource)));
    });
  }
}

/** An update of which the log does not tell what was there before. */
function isWithoutOld({ operation, oldRecord }: LoggedChange): boolean {
  return operation === "update" && oldRecord === null;
}
