import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import postgres from "postgres";
import { latencyOf } from "./delivery.ts";

/** What one tenant notices of another's flood: from an event's acceptance until it is kept, with its timeline. */
export interface FloodFigures {
  tenantP50Ms: number;
  tenantP99Ms: number;
  floodedTenantP50Ms: number;
  floodedTenantP99Ms: number;
  /** p99 during the flood, as a multiple of that without. */
  floodFactor: number;
  [figure: string]: number;
}

export interface FloodOptions {
  url: string;
  /** Headers of an API key of the tenant that is measured, and of the one that floods. */
  quiet: Record<string, string>;
  flooding: Record<string, string>;
  /** The database in which events are kept. */
  events: string;
  seconds: number;
  /** Events that the flood begins with, and goes on with each second. */
  floodSize: number;
}

const perSecond = 20;
const floodSources = 40;
const batchSize = 500;
const longestMs = 60_000;

/** Sends a tenant's events at an even pace: alone, and while another tenant's flood waits to be worked off. */
export async function measureFlood(options: FloodOptions): Promise<FloodFigures> {
  const sql = postgres(options.events, { max: 1, onnotice: () => {} });
  try {
    await measure(sql, options, 2);
    const alone = latencyOf(await measure(sql, options, options.seconds));
    let flooding = true;
    await flood(options, options.floodSize);
    const going = (async () => {
      while (flooding) await flood(options, batchSize);
    })();
    const beside = latencyOf(
      await measure(sql, options, options.seconds).finally(() => {
        flooding = false;
      }),
    );
    await going;
    return {
      tenantP50Ms: alone.p50Ms,
      tenantP99Ms: alone.p99Ms,
      floodedTenantP50Ms: beside.p50Ms,
      floodedTenantP99Ms: beside.p99Ms,
      floodFactor: Number((beside.p99Ms / alone.p99Ms).toFixed(2)),
    };
  } finally {
    await sql.end();
  }
}

/** Milliseconds from each event's acceptance until it was kept, both by the clock of this machine. */
async function measure(sql: postgres.Sql, { url, quiet }: FloodOptions, seconds: number): Promise<number[]> {
  const source = `/quiet/${randomUUID()}`;
  const count = seconds * perSecond;
  const started = performance.now();
  const sent: Promise<void>[] = [];
  for (let at = 0; at < count; at++) {
    const wait = started + (at * 1_000) / perSecond - performance.now();
    if (wait > 0) await delay(wait);
    sent.push(send(url, quiet, [cloudEvent(`${source}/${at % 10}`)]));
  }
  await Promise.all(sent);
  const deadline = performance.now() + longestMs;
  for (;;) {
    const rows = await sql<{ ms: number }[]>`
      select (extract(epoch from kept_at - "time") * 1000)::float8 as ms from kept_events
      where topic = 'ingested-events' and starts_with(body->>'source', ${source})`;
    if (rows.length >= count) return rows.map(({ ms }) => Math.max(0, ms));
    if (performance.now() > deadline) throw new Error(`${count - rows.length} events were not kept in time`);
    await delay(100);
  }
}

async function flood({ url, flooding }: FloodOptions, count: number): Promise<void> {
  for (let sent = 0; sent < count; sent += batchSize) {
    const events = Array.from({ length: batchSize }, (_, at) => cloudEvent(`/flood/${at % floodSources}`));
    await send(url, flooding, events);
  }
}

function cloudEvent(source: string): object {
  return { specversion: "1.0", id: randomUUID(), source, type: "bench.reading", data: { temperature: 21.5 } };
}

async function send(url: string, headers: Record<string, string>, events: object[]): Promise<void> {
  const response = await fetch(`${url}/api/v1/events`, {
    method: "POST",
    headers: { ...headers, "content-type": "application/cloudevents-batch+json" },
    body: JSON.stringify(events),
    signal: AbortSignal.timeout(longestMs),
  });
  if (response.status !== 202)
    throw new Error(`events were not accepted: ${response.status} ${await response.text()}`);
  await response.arrayBuffer();
}
