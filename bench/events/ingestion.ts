import { randomUUID } from "node:crypto";

/** How fast CloudEvents are taken in: answered as durable, over 16 connections. */
export interface IngestionFigures {
  /** In batches of 100. */
  ingestionEventsPerSecond: number;
  /** One event a request. */
  ingestionSinglesPerSecond: number;
  [figure: string]: number;
}

export interface IngestionOptions {
  url: string;
  /** Headers of an API key with `event:ingest`. */
  headers: Record<string, string>;
  seconds: number;
}

const connections = 16;
const batchSize = 100;

/** Sends events to `/api/v1/events` as fast as they are accepted, batched and then one by one. */
export async function measureIngestion(options: IngestionOptions): Promise<IngestionFigures> {
  await send(options, batchSize, 1);
  return {
    ingestionEventsPerSecond: Math.round(await send(options, batchSize, options.seconds)),
    ingestionSinglesPerSecond: Math.round(await send(options, 1, options.seconds)),
  };
}

/** Events a second that were answered as accepted. */
async function send({ url, headers }: IngestionOptions, size: number, seconds: number): Promise<number> {
  const started = performance.now();
  const until = started + seconds * 1_000;
  let accepted = 0;
  const worker = async (number: number) => {
    while (performance.now() < until) {
      const events = Array.from({ length: size }, () => ({
        specversion: "1.0",
        id: randomUUID(),
        source: `/bench/${number}`,
        type: "bench.reading",
        data: { temperature: 21.5, unit: "celsius" },
      }));
      const response = await fetch(`${url}/api/v1/events`, {
        method: "POST",
        headers: { ...headers, "content-type": "application/cloudevents-batch+json" },
        body: JSON.stringify(events),
        signal: AbortSignal.timeout(30_000),
      });
      const answer = (await response.json()) as { accepted?: number; message?: string };
      if (answer.accepted !== size)
        throw new Error(`events were not accepted: ${response.status} ${answer.message}`);
      accepted += size;
    }
  };
  await Promise.all(Array.from({ length: connections }, (_, number) => worker(number)));
  return accepted / ((performance.now() - started) / 1_000);
}
