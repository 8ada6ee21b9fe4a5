import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { api } from "encore.dev/api";
import { Subscription, Topic } from "encore.dev/pubsub";

interface Tick {
  /** The run it belongs to. */
  run: string;
  /** When it was published, by this process's clock, in milliseconds. */
  sentAt: number;
  note: string;
}

const ticks = new Topic<Tick>("ticks", { deliveryGuarantee: "at-least-once" });

/** What arrived in a run; `complete` resolves when all of it has. */
class Run {
  readonly latencies: number[] = [];
  readonly complete = Promise.withResolvers<void>();

  constructor(private readonly expected: number) {}

  arrived(latency: number): void {
    if (this.latencies.push(latency) === this.expected) this.complete.resolve();
  }
}
const runs = new Map<string, Run>();

const _ = new Subscription(ticks, "measure", {
  handler: async (tick) => {
    runs.get(tick.run)?.arrived(performance.now() - tick.sentAt);
  },
});

async function publish(run: string): Promise<void> {
  await ticks.publish({
    run,
    sentAt: performance.now(),
    note: "a message of ordinary size, like most events",
  });
}

/** Publishes at an even pace; answers how long each message took to its handler. */
export const latency = api(
  { expose: true, method: "POST", path: "/events/latency" },
  async ({
    run,
    count,
    perSecond,
  }: {
    run: string;
    count: number;
    perSecond: number;
  }): Promise<{ latenciesMs: number[] }> => {
    const state = new Run(count);
    runs.set(run, state);
    const started = performance.now();
    const published: Promise<void>[] = [];
    for (let n = 0; n < count; n++) {
      const wait = started + (n * 1000) / perSecond - performance.now();
      if (wait > 0) await delay(wait);
      published.push(publish(run));
    }
    await Promise.all(published);
    await state.complete.promise;
    runs.delete(run);
    return { latenciesMs: state.latencies };
  },
);

/** Publishes as fast as it can, 1,000 at a time; answers the seconds until the last message was handled. */
export const throughput = api(
  { expose: true, method: "POST", path: "/events/throughput" },
  async ({ run, count }: { run: string; count: number }): Promise<{ seconds: number }> => {
    const state = new Run(count);
    runs.set(run, state);
    const started = performance.now();
    for (let sent = 0; sent < count; sent += 1000) {
      await Promise.all(Array.from({ length: Math.min(1000, count - sent) }, () => publish(run)));
    }
    await state.complete.promise;
    runs.delete(run);
    return { seconds: (performance.now() - started) / 1000 };
  },
);
