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
  /** p99 of the answers to the tenant's requests, without the flood and during it. */
  answerP99Ms: number;
  floodedAnswerP99Ms: number;
  /** Events of the flood that were kept a second, while the other tenant's were measured. */
  floodEventsPerSecond: number;
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
  /** Events that the flood begins with. */
  floodSize: number;
}

const turns = 3;
const perSecond = 20;
const floodSources = 40;
const batchSize = 500;
const longestMs = 60_000;
const longestFloodMs = 300_000;

/**
 * Sends a tenant's events at an even pace, by turns alone, and while another tenant's flood waits to be worked off and goes on
 * as fast as it is accepted. Each turn ends when all of the flood is kept, each event once.
 */
export async function measureFlood(options: FloodOptions): Promise<FloodFigures> {
  const sql = postgres(options.events, { max: 1, onnotice: () => {} });
  try {
    await measure(sql, options, 2);
    const alone: Measured[] = [];
    const beside: (Measured & { rate: number })[] = [];
    for (let turn = 0; turn < turns; turn++) {
      alone.push(await measure(sql, options, options.seconds));
      beside.push(await measureBesideFlood(sql, options));
    }
    const [kept, floodedKept] = [alone, beside].map((each) => latencyOf(each.flatMap(({ kept }) => kept)));
    const [answered, floodedAnswered] = [alone, beside].map((each) =>
      latencyOf(each.flatMap(({ answered }) => answered)),
    );
    return {
      tenantP50Ms: kept!.p50Ms,
      tenantP99Ms: kept!.p99Ms,
      floodedTenantP50Ms: floodedKept!.p50Ms,
      floodedTenantP99Ms: floodedKept!.p99Ms,
      floodFactor: Number((floodedKept!.p99Ms / kept!.p99Ms).toFixed(2)),
      answerP99Ms: answered!.p99Ms,
      floodedAnswerP99Ms: floodedAnswered!.p99Ms,
      floodEventsPerSecond: Math.round(beside.reduce((sum, { rate }) => sum + rate, 0) / turns),
    };
  } finally {
    await sql.end();
  }
}

async function measureBesideFlood(
  sql: postgres.Sql,
  options: FloodOptions,
): Promise<Measured & { rate: number }> {
  const already = await countFlood(sql);
  let flooding = true;
  let accepted = await flood(options, options.floodSize);
  const going = (async () => {
    while (flooding) accepted += await flood(options, batchSize);
  })();
  const before = await countFlood(sql);
  const begun = performance.now();
  const measured = await measure(sql, options, options.seconds).finally(() => {
    flooding = false;
  });
  const rate = (((await countFlood(sql)) - before) * 1_000) / (performance.now() - begun);
  await going;
  await untilKept(() => countFlood(sql), already + accepted, longestFloodMs);
  return { ...measured, rate };
}

/** Milliseconds of each event from its acceptance until it was kept, by the clock of this machine, and until it was answered. */
interface Measured {
  kept: number[];
  answered: number[];
}

/** Sends the tenant's events. Those of the first second, in which connections are opened, are left out. */
async function measure(sql: postgres.Sql, { url, quiet }: FloodOptions, seconds: number): Promise<Measured> {
  const source = `/quiet/${randomUUID()}`;
  const count = (1 + seconds) * perSecond;
  const started = performance.now();
  const answers: Promise<number>[] = [];
  for (let at = 0; at < count; at++) {
    const wait = started + (at * 1_000) / perSecond - performance.now();
    if (wait > 0) await delay(wait);
    answers.push(send(url, quiet, [cloudEvent(`${source}/${at % 10}`)]));
  }
  const answered = (await Promise.all(answers)).slice(perSecond);
  const kept = () =>
    sql<{ ms: number }[]>`
      select (extract(epoch from kept_at - "time") * 1000)::float8 as ms from kept_events
      where topic = 'ingested-events' and starts_with(body->>'source', ${source})
      order by "time"`;
  await untilKept(async () => (await kept()).length, count, longestMs);
  const counted = (await kept()).slice(perSecond);
  return { kept: counted.map(({ ms }) => Math.max(0, ms)), answered };
}

async function countFlood(sql: postgres.Sql): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from kept_events
    where topic = 'ingested-events' and starts_with(body->>'source', '/flood/')`;
  return row!.count;
}

/** Waits until as many are kept as were accepted. */
async function untilKept(count: () => Promise<number>, accepted: number, ms: number): Promise<void> {
  const deadline = performance.now() + ms;
  for (let kept = await count(); kept !== accepted; kept = await count()) {
    if (performance.now() > deadline || kept > accepted)
      throw new Error(`${kept} of ${accepted} events were kept`);
    await delay(100);
  }
}

/** Sends events in batches, one after the other; answers how many were accepted. */
async function flood({ url, flooding }: FloodOptions, count: number): Promise<number> {
  for (let sent = 0; sent < count; sent += batchSize) {
    const events = Array.from({ length: batchSize }, (_, at) => cloudEvent(`/flood/${at % floodSources}`));
    await send(url, flooding, events);
  }
  return count;
}

function cloudEvent(source: string): object {
  return { specversion: "1.0", id: randomUUID(), source, type: "bench.reading", data: { temperature: 21.5 } };
}

/** Milliseconds until events were answered as accepted. */
async function send(url: string, headers: Record<string, string>, events: object[]): Promise<number> {
  const started = performance.now();
  const response = await fetch(`${url}/api/v1/events`, {
    method: "POST",
    headers: { ...headers, "content-type": "application/cloudevents-batch+json" },
    body: JSON.stringify(events),
    signal: AbortSignal.timeout(longestMs),
  });
  if (response.status !== 202)
    throw new Error(`events were not accepted: ${response.status} ${await response.text()}`);
  await response.arrayBuffer();
  return performance.now() - started;
}
