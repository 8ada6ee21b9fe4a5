import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Benchmark } from "../run.ts";
import { measureFanOut } from "./fan-out.ts";
import { measureIngestion } from "./ingestion.ts";
import { startEventApp } from "./measured-app.ts";

export const benchmark: Benchmark = {
  description: "events: how fast they are taken in, and how fast one reaches 1,000 WebSockets",
  async run({ quick }) {
    const root = fileURLToPath(new URL("../..", import.meta.url));
    const scratch = await mkdtemp(join(tmpdir(), "axion-bench-"));
    const app = await startEventApp(root, join(scratch, "app"));
    try {
      const { url, token, ingesting, createRule } = app;
      const events = quick ? 10 : 40;
      return {
        ...(await measureFanOut({ url, token, topic: "rule", sockets: 1_000, events, cause: createRule })),
        ...(await measureIngestion({ url, headers: ingesting, seconds: quick ? 4 : 10 })),
      };
    } finally {
      await app.stop();
      await rm(scratch, { recursive: true, force: true });
    }
  },
};
