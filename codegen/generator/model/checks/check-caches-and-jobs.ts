import { CronExpressionParser } from "cron-parser";
import { camelCase } from "../../views/casing.js";
import type { Report } from "../diagnostics.js";
import type { ServiceModel } from "../schema.js";
import { reportDuplicates } from "./duplicates.js";

/** Caches and scheduled jobs of a service. */
export function checkCachesAndJobs(
  service: ServiceModel,
  path: readonly PropertyKey[],
  report: Report,
): void {
  const { caches, jobs, entities } = service;
  reportDuplicates(
    caches.map((cache) => camelCase(cache.name)),
    "a cache",
    (index) => [...path, "caches", index, "name"],
    report,
  );
  for (const [index, cache] of caches.entries()) {
    const at = [...path, "caches", index];
    if (cache.entity === undefined) {
      if (cache.strategy === "write-through") {
        report({
          code: "invalid_option",
          path: [...at, "strategy"],
          message: "only the cache of an entity is written through",
          fix: 'Name the entity, or choose "cache-aside".',
        });
      }
    } else if (!entities.some((entity) => entity.name === cache.entity)) {
      report({
        code: "unknown_entity",
        path: [...at, "entity"],
        message: `no entity "${cache.entity}" in this service`,
        fix: "Choose one of this service's entities.",
      });
    } else if (cache.store === "memory" && service.replicas > 1) {
      report({
        code: "cache_not_shared",
        severity: "warning",
        path: [...at, "store"],
        message: `each of the ${service.replicas} instances keeps its own copies: a change in one is seen by the others after ${cache.ttlSeconds} seconds`,
        fix: 'Choose "redis", or a short ttlSeconds.',
      });
    } else if (caches.findIndex((other) => other.entity === cache.entity) < index) {
      report({
        code: "duplicate_name",
        path: [...at, "entity"],
        message: `another cache holds ${cache.entity} already`,
        fix: "Keep one of them.",
      });
    }
  }
  reportDuplicates(
    jobs.map((job) => camelCase(job.name)),
    "a job",
    (index) => [...path, "jobs", index, "name"],
    report,
  );
  for (const [index, job] of jobs.entries()) {
    const problem = scheduleProblem(job.schedule);
    if (problem === undefined) continue;
    report({
      code: "invalid_schedule",
      path: [...path, "jobs", index, "schedule"],
      message: problem,
      fix: 'Give minute, hour, day of month, month and day of week, e.g. "0 3 * * *" for three in the night (UTC).',
    });
  }
}

function scheduleProblem(schedule: string): string | undefined {
  if (schedule.trim().split(/\s+/).length !== 5) return "a cron expression has five fields";
  try {
    CronExpressionParser.parse(schedule, { tz: "UTC" });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
