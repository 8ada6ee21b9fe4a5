import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Benchmark } from "../run.ts";
import { measureFanOut } from "./fan-out.ts";
import { measureFlood } from "./flood.ts";
import { measureIngestion } from "./ingestion.ts";
import { startEventApp } from "./measured-app.ts";
import { measureOnKafka, measureOnPostgres } from "./providers.ts";

export const benchmark: Benchmark = {
  description: "events: latency and throughput on Postgres and on Kafka, floods, ingestion, 1,000 WebSockets",
  async run({ quick }) {
    const root = fileURLToPath(new URL("../..", import.meta.url));
    const scratch = await mkdtemp(join(tmpdir(), "axion-bench-"));
    try {
      const onPostgres = told(await measureOnPostgres({ root, scratch, quick }));
      const onKafka = told(await measureOnKafka({ root, scratch, quick }));
      return { ...onPostgres, ...onKafka, ...(await measureApp(root, join(scratch, "app"), quick)) };
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  },
};

/** Axion itself: what comes in, what goes out, and tenants beside each other. */
async function measureApp(root: string, folder: string, quick: boolean): Promise<Record<string, number>> {
  const app = await startEventApp(root, folder);
  try {
    const { url, token, ingesting, flooding, events, createRule } = app;
    const causes = quick ? 10 : 40;
    const fanOut = { url, token, topic: "rule", sockets: 1_000, events: causes, cause: createRule };
    return {
      ...told(await measureFanOut(fanOut)),
      ...told(
        await measureFlood({
          ...{ url, events, flooding, quiet: ingesting },
          seconds: quick ? 10 : 30,
          floodSize: quick ? 5_000 : 20_000,
        }),
      ),
      ...told(await measureIngestion({ url, headers: ingesting, seconds: quick ? 4 : 10 })),
    };
  } finally {
    await app.stop();
  }
}

/** Prints figures as they come: a long run that breaks has told what it measured. */
function told<Figures extends object>(figures: Figures): Figures {
  console.log(JSON.stringify(figures));
  return figures;
}
