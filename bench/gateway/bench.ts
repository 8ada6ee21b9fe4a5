import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { load, median } from "../lib/load.ts";
import type { Benchmark } from "../run.ts";
import { type Added, measureAdded } from "./added.ts";
import { type MeasuredApp, startMeasured } from "./measured-app.ts";
import { seedTenants } from "./seed-tenants.ts";

const connections = 64;
const tenants = 10_000;
const membersEach = 20;

/**
 * Two copies of the app side by side, one of them with 10,000 tenants in its databases. They are asked in turn, so
 * that a slow moment of the machine hits both.
 */
export const benchmark: Benchmark = {
  description:
    "the gateway: what authentication, limits and permissions cost, with few tenants and with many",
  async run({ quick }) {
    const root = fileURLToPath(new URL("../..", import.meta.url));
    const scratch = await mkdtemp(join(tmpdir(), "axion-bench-"));
    const apps: MeasuredApp[] = [];
    try {
      for (const name of ["few", "many"]) apps.push(await startMeasured(root, join(scratch, name)));
      const [few, many] = apps as [MeasuredApp, MeasuredApp];
      await seedTenants(many, { tenants, membersEach });
      const added = await measureAdded([few, many], { requests: quick ? 1_000 : 4_000 });
      const perSecond = await measureThroughput([few, many], {
        rounds: quick ? 3 : 5,
        seconds: quick ? 2 : 4,
      });
      const [ofFew, ofMany] = added as [Added, Added];
      return {
        jwtAddedP50Ms: rounded(ofFew.jwt),
        apiKeyAddedP50Ms: rounded(ofFew.apiKey),
        requestsPerSecond: Math.round(perSecond[0]!),
        manyTenantsRatio: rounded(perSecond[1]! / perSecond[0]!),
        manyTenantsJwtAddedP50Ms: rounded(ofMany.jwt),
        manyTenantsApiKeyAddedP50Ms: rounded(ofMany.apiKey),
        openP50Ms: rounded(ofFew.open),
      };
    } finally {
      await Promise.all(apps.map((app) => app.stop()));
      await rm(scratch, { recursive: true, force: true });
    }
  },
};

/** Requests a second of each app at 64 connections with an API key, the median of several rounds. */
async function measureThroughput(
  apps: MeasuredApp[],
  { rounds, seconds }: { rounds: number; seconds: number },
): Promise<number[]> {
  const results = apps.map((): number[] => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [index, app] of apps.entries()) {
      const result = await load({
        url: app.url + app.path,
        method: "GET",
        headers: app.apiKey,
        connections,
        seconds,
      });
      if (result.failures > 0) throw new Error(`${result.failures} of the requests failed`);
      // The first round warms both up.
      if (round > 0) results[index]!.push(result.requestsPerSecond);
    }
  }
  return results.map(median);
}

function rounded(value: number): number {
  return Number(value.toFixed(3));
}
