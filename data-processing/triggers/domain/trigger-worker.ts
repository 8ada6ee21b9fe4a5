import log from "encore.dev/log";
import postgres from "postgres";
import { PolledWorker } from "../../../shared/concurrency/polled-worker.js";
import { type DataSource, workspaceSource } from "../../sources/data-source.js";
import { captureWorkspace, changesChannel } from "./capture-workspace.js";
import type { FeedWorld } from "./feed-state.js";
import { Feeds } from "./feeds.js";
import { followDueTenants } from "./follow-rules.js";
import { LeaderLocks } from "./leader-locks.js";
import { triggerChannel } from "./record-runs.js";
import { type RunnerWorld, runNext, tenantsWithDueRuns } from "./run-queue.js";

export interface TriggerWorkerOptions extends FeedWorld, RunnerWorld {
  /** The service's database, and the workspace. */
  connectionString: string;
  workspaceConnectionString: string;
  openWorkspace: (tenantId: string) => DataSource;
  /** Runs that are under way at the same time. */
  slots: number;
}

const pollMs = 1_000;
/** How long runs are taken before the tenants that wait are looked at anew. */
const turnMs = 250;
const tenantsAtATime = 100;

/**
 * Starts automatic rules: follows which there are, reads the changes of the workspace, and runs what they start. Woken by
 * NOTIFY, and by a slow poll beneath it. One instance reads changes; all of them run.
 */
export class TriggerWorker {
  private readonly locks: LeaderLocks;
  private readonly listeners: postgres.Sql[] = [];
  private readonly follower: PolledWorker;
  private readonly capture: PolledWorker;
  private readonly runner: PolledWorker;
  private readonly feeds: Feeds;
  private readonly feeder: PolledWorker;
  private readonly stopping = new AbortController();

  constructor(private readonly options: TriggerWorkerOptions) {
    this.locks = new LeaderLocks(options.connectionString);
    this.follower = this.loop("automatic rules not followed", 5_000, () =>
      followDueTenants(options.db, options.openWorkspace),
    );
    this.capture = this.loop("changes of the workspace not read", pollMs, () => this.captureOnce());
    this.runner = this.loop("triggered conversions not run", pollMs, () => this.runOnce());
    this.feeds = new Feeds(options, this.locks);
    this.feeder = this.loop("changes of data sources not read", pollMs, async () => {
      await this.feeds.look();
      return false;
    });
    this.listen(options.connectionString, triggerChannel, (payload) => {
      if (payload === "runs") this.runner.wake();
      else if (payload === "feeds") this.feeder.wake();
      else this.follower.wake();
    });
    this.listen(options.workspaceConnectionString, changesChannel, () => this.capture.wake());
  }

  /** Finishes what is in hand and closes the connections. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all([this.follower.stop(), this.capture.stop(), this.runner.stop(), this.feeder.stop()]);
    await this.feeds.stop();
    await Promise.all([this.locks.close(), ...this.listeners.map((sql) => sql.end({ timeout: 1 }))]);
  }

  private loop(problem: string, every: number, work: () => Promise<boolean>): PolledWorker {
    return new PolledWorker({
      work,
      pollMs: every,
      onError: (error, failures) => log.warn(error, `${problem}; trying again`, { failures }),
    });
  }

  private listen(connectionString: string, channel: string, wake: (payload: string) => void): void {
    const sql = postgres(connectionString, {
      max: 1,
      connect_timeout: 10,
      onnotice: () => {},
      connection: { application_name: "axion-trigger-listener" },
    });
    this.listeners.push(sql);
    // The poll goes on without it; the driver connects again where the connection is lost.
    sql.listen(channel, wake).catch((error: unknown) => {
      if (!this.stopping.signal.aborted) log.warn(error, "not woken by changes; polling", { channel });
    });
  }

  /** Reads noted changes of all tenants, a batch each. Returns whether there were any. */
  private async captureOnce(): Promise<boolean> {
    if (!(await this.locks.lead(workspaceSource))) return false;
    let found = 0;
    for (let last = ""; !this.stopping.signal.aborted; ) {
      const tenants = await this.tenantsWithChanges(last);
      for (const tenantId of tenants) found += await this.captureTenant(tenantId);
      if (tenants.length < tenantsAtATime) break;
      last = tenants.at(-1)!;
    }
    return found > 0;
  }

  private async tenantsWithChanges(last: string): Promise<string[]> {
    // Of the system, not of a tenant: no tenant is set.
    const system = this.options.openWorkspace("");
    const rows = await system.begin(
      (tx) => tx<{ tenant_id: string }[]>`
        SELECT t AS tenant_id FROM axion.tenants_with_changes(${last}, ${tenantsAtATime}) t`,
      { readOnly: true },
    );
    return rows.map((row) => row.tenant_id);
  }

  /** A tenant whose changes cannot be read holds up no other. */
  private async captureTenant(tenantId: string): Promise<number> {
    try {
      return await captureWorkspace(this.options, this.options.openWorkspace(tenantId));
    } catch (error) {
      log.warn(error, "changes of the workspace not read; trying again", { tenantId });
      return 0;
    }
  }

  /** Runs what is due, tenant by tenant in turn. */
  private async runOnce(): Promise<boolean> {
    const tenants = await tenantsWithDueRuns(this.options.db);
    const until = Date.now() + turnMs;
    let ran = 0;
    const lane = async (): Promise<void> => {
      while (!this.stopping.signal.aborted && (ran === 0 || Date.now() < until)) {
        const tenantId = tenants.shift();
        if (tenantId === undefined) return;
        if (!(await runNext(this.options, tenantId))) continue;
        ran++;
        tenants.push(tenantId);
      }
    };
    // A lane for each run that may be under way; one tenant alone may have them all.
    const lanes = tenants.length === 0 ? 0 : this.options.slots;
    for (let at = 0; tenants.length < lanes; at++) tenants.push(tenants[at]!);
    await Promise.all(Array.from({ length: lanes }, lane));
    return ran > 0;
  }
}
