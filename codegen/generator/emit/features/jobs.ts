import { camelCase } from "../../views/casing.js";
import { commentText } from "../../views/comment-text.js";
import type { FeatureOf } from "./feature.js";

/** Scheduled jobs, each time of a schedule in one instance. */
export const jobs: FeatureOf = (_project, service) => {
  if (service.jobs.length === 0) return {};
  const views = service.jobs.map(({ name, schedule, timeoutMs, description }) => ({
    name,
    schedule,
    timeoutMs,
    variable: `${camelCase(name)}Job`,
    description: commentText(description ?? `The job ${name}.`),
  }));
  return {
    files: [
      { path: "src/jobs/scheduler.ts", template: "src/jobs/scheduler.ts", view: { jobs: views } },
      { path: "src/jobs/tables.ts", template: "src/jobs/tables.ts" },
      ...views.map((view) => ({
        path: `src/jobs/${view.name}.ts`,
        template: "src/jobs/job.ts",
        view: { ...view, job: view.name },
      })),
    ],
    packages: ["croner"],
    start: [{ module: "./jobs/scheduler.js", name: "startJobs", call: "startJobs()" }],
    stop: [{ module: "./jobs/scheduler.js", name: "stopJobs", call: "await stopJobs()" }],
  };
};
