import type { GeneratedFile } from "../generated-file.js";
import { hasDatabase, hasEvents } from "../model/has-database.js";
import type { ProjectModel, ServiceModel } from "../model/schema.js";
import { render } from "../render/templates.js";
import { configView } from "../views/config-view.js";
import { healthView, mainView, metricsView, serverView } from "../views/lifecycle-view.js";
import { auth } from "./features/auth.js";
import { caches } from "./features/caches.js";
import { calls } from "./features/calls.js";
import { counters } from "./features/counters.js";
import { database } from "./features/database.js";
import { docker } from "./features/docker.js";
import { events } from "./features/events.js";
import { type ConfigEntry, type Feature, type FeatureFile, mergeFeatures } from "./features/feature.js";
import { http } from "./features/http.js";
import { jobs } from "./features/jobs.js";
import { limits } from "./features/limits.js";
import { openapi } from "./features/openapi.js";
import { readme } from "./features/readme.js";
import { telemetry } from "./features/telemetry.js";
import { tests } from "./features/tests.js";
import { packageFile } from "./package-file.js";

/** In the order in which they start; they stop the other way round. */
const features = [
  telemetry,
  http,
  database,
  auth,
  limits,
  calls,
  counters,
  caches,
  events,
  jobs,
  openapi,
  docker,
];

/** All files of a service but its migrations. */
export function serviceFiles(project: ProjectModel, service: ServiceModel): GeneratedFile[] {
  const whole = wholeOf(project, service);
  const server = serverView(whole);
  const view = {
    project: project.name,
    name: service.name,
    port: service.port,
    bodyBytes: service.limits.bodyKb * 1024,
    fetch: service.framework === "hono" ? "fetch" : "handle",
    node: service.runtime === "node",
    database: hasDatabase(service),
    events: hasEvents(service),
    identifies: server.identifies,
    limited: server.limited,
    contracts: `@${project.name}/contracts`,
  };
  const composed: FeatureFile[] = [
    ...whole.files,
    { path: "src/config.ts", template: "src/config.ts", view: configView(whole) },
    { path: "src/health.ts", template: "src/health.ts", view: healthView(whole) },
    { path: "src/server.ts", template: "src/server.ts", view: server },
    { path: "src/main.ts", template: "src/main.ts", view: mainView(whole, service) },
    { path: "src/metrics.ts", template: "src/metrics.ts", view: metricsView(whole) },
    { path: "tsconfig.json", template: "tsconfig.json" },
  ];
  const folder = `services/${service.name}`;
  return [
    ...composed.map(({ path, template, view: own }) => ({
      path: `${folder}/${path}`,
      text: render(`service/${template}.hbs`, { ...view, ...own }),
    })),
    { path: `${folder}/package.json`, text: packageFile(project, service, whole) },
  ];
}

/** What a service takes from its environment. */
export function serviceConfig(project: ProjectModel, service: ServiceModel): ConfigEntry[] {
  return wholeOf(project, service).config;
}

function wholeOf(project: ProjectModel, service: ServiceModel): Required<Feature> {
  const parts = features.map((feature) => feature(project, service));
  const whole = mergeFeatures(parts);
  return mergeFeatures([...parts, tests(project, service, whole), readme(project, service, whole)]);
}
