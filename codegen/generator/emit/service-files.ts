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
export function* serviceFiles(project: ProjectModel, service: ServiceModel): Generator<GeneratedFile> {
  const whole = wholeOf(project, service);
  const server = serverView(whole);
  const view = {
    project: project.name,
    name: service.name,
    port: service.port,
    bodyBytes: service.limits.bodyKb * 1024,
    elysia: service.framework === "elysia",
    dispatch: service.framework === "hono" ? "app.fetch(request)" : "app.handle(asGet(request))",
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
  for (const { path, template, view: own } of composed) {
    yield { path: `${folder}/${path}`, text: render(`service/${template}.hbs`, { ...view, ...own }) };
  }
  yield { path: `${folder}/package.json`, text: packageFile(project, service, whole) };
}

/** Works out what a service consists of, which its own files and those around the services are written from. */
export function prepareService(project: ProjectModel, service: ServiceModel): void {
  wholeOf(project, service);
}

/** What a service takes from its environment. */
export function serviceConfig(project: ProjectModel, service: ServiceModel): ConfigEntry[] {
  return wholeOf(project, service).config;
}

/** What services consist of, as long as their model is there; a checked model does not change. */
const known = new WeakMap<ProjectModel, Map<ServiceModel, Required<Feature>>>();

function wholeOf(project: ProjectModel, service: ServiceModel): Required<Feature> {
  const ofProject = known.get(project) ?? new Map<ServiceModel, Required<Feature>>();
  known.set(project, ofProject);
  const before = ofProject.get(service);
  if (before !== undefined) return before;
  const parts = features.map((feature) => feature(project, service));
  const most = mergeFeatures(parts);
  const whole = mergeFeatures([...parts, tests(project, service, most), readme(project, service, most)]);
  ofProject.set(service, whole);
  return whole;
}
