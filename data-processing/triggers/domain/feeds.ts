import { and, eq } from "drizzle-orm";
import log from "encore.dev/log";
import type { Db } from "../../db.js";
import { triggerFeeds } from "../../schema.js";
import { Feed } from "./feed.js";
import { type FeedWorld, noteFailure } from "./feed-state.js";
import type { LeaderLocks } from "./leader-locks.js";

interface Running {
  feed: Feed;
  done: Promise<void>;
  revision: number;
}

const mostFeeds = 200;
const longestWaitMs = 30_000;

/** The data sources whose changes this instance reads: those that no other one reads already. */
export class Feeds {
  private readonly running = new Map<string, Running>();
  /** When a data source that failed is tried again. */
  private readonly resting = new Map<string, { failures: number; until: number; revision: number }>();

  constructor(
    private readonly on: FeedWorld,
    private readonly locks: LeaderLocks,
  ) {}

  /** Begins to read those that nobody reads, and ends those whose rules have changed, to begin anew. */
  async look(): Promise<void> {
    const rows = await this.on.db.select().from(triggerFeeds).limit(10_000);
    const wanted = new Map(rows.map((row) => [keyOf(row), row]));
    for (const [key, { feed, revision }] of this.running)
      if (wanted.get(key)?.revision !== revision || !(await this.locks.lead(key))) feed.end();
    for (const [key, row] of wanted) {
      if (this.running.has(key) || this.running.size >= mostFeeds) continue;
      const rest = this.resting.get(key);
      if (rest && rest.until > Date.now() && rest.revision === row.revision) continue;
      if (await this.locks.lead(key)) this.begin(key, row);
    }
  }

  async stop(): Promise<void> {
    for (const { feed } of this.running.values()) feed.end();
    await Promise.allSettled([...this.running.values()].map(({ done }) => done));
  }

  private begin(key: string, row: typeof triggerFeeds.$inferSelect): void {
    const { tenantId, source, revision } = row;
    const feed = new Feed(this.on, { tenantId, source }, () => isStill(this.on.db, row));
    const done = feed
      .run()
      .then(() => void this.resting.delete(key))
      .catch(async (error: unknown) => {
        const failures = (this.resting.get(key)?.failures ?? 0) + 1;
        const waitMs = Math.min(500 * 2 ** Math.min(failures, 10), longestWaitMs);
        this.resting.set(key, { failures, until: Date.now() + waitMs, revision });
        log.warn(error, "changes of a data source not read; trying again", {
          tenantId,
          dataSource: source,
          failures,
        });
        await noteFailure(this.on, { tenantId, source }, error);
      })
      .catch((error: unknown) => log.error(error, "failure of a data source not noted", { tenantId }))
      .finally(() => this.running.delete(key));
    this.running.set(key, { feed, done, revision });
  }
}

function keyOf({ tenantId, source }: { tenantId: string; source: string }): string {
  return JSON.stringify([tenantId, source]);
}

async function isStill(db: Db, row: typeof triggerFeeds.$inferSelect): Promise<boolean> {
  const [now] = await db
    .select({ revision: triggerFeeds.revision })
    .from(triggerFeeds)
    .where(and(eq(triggerFeeds.tenantId, row.tenantId), eq(triggerFeeds.source, row.source)));
  return now?.revision === row.revision;
}
