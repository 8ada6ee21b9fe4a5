import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Benchmark } from "../run.ts";
import { compareDemoJob } from "./demo-job.ts";
import { measureEvents } from "./events.ts";
import { compareRequests } from "./requests.ts";
import { measureStart } from "./start.ts";

/** What each part of the benchmark gets. */
export interface BenchOptions {
  /** The repository. */
  root: string;
  /** A folder of this run, removed at its end. */
  scratch: string;
  /** Shorter and coarser. */
  quick: boolean;
}

export const benchmark: Benchmark = {
  description: "the embedded host: requests against Hono, time to ready, event latency, the demo's job",
  async run({ quick }) {
    const root = fileURLToPath(new URL("../..", import.meta.url));
    const scratch = await mkdtemp(join(tmpdir(), "axion-bench-"));
    const options: BenchOptions = { root, scratch, quick };
    try {
      return {
        ...(await compareRequests(options)),
        ...(await measureEvents(options)),
        ...(await measureStart(options)),
        ...(await compareDemoJob(options)),
      };
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  },
};
