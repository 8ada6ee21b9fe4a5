import type { Feature, Step } from "../emit/features/feature.js";
import type { ServiceModel } from "../model/schema.js";
import { type ImportLine, Imports } from "./imports.js";

interface ImportLines {
  imports: ImportLine[];
}

function importsOf(...steps: Step[]): Imports {
  const imports = new Imports();
  for (const { name, module } of steps) imports.use(name, module);
  return imports;
}

/** How `main.ts` starts and stops a service. */
export function mainView(
  { start, stop }: Required<Feature>,
  { runtime }: ServiceModel,
): ImportLines & { start: string[]; stop: string[] } {
  const imports = importsOf(...start, ...stop);
  if (runtime === "node") imports.use("serve", "@hono/node-server");
  imports.use("setTimeout as delay", "node:timers/promises");
  imports.use("config", "./config.js");
  imports.use("stopBeingReady", "./health.js");
  imports.use("log", "./log.js");
  imports.use("handle", "./server.js");
  return {
    imports: imports.lines(),
    start: start.map(({ call }) => call),
    stop: stop.map(({ call }) => call),
  };
}

/** How `server.ts` takes requests: what it asks of them before the routes. */
export function serverView({ files }: Required<Feature>): ImportLines & {
  admits: boolean;
  identifies: boolean;
  limited: boolean;
  openapi: boolean;
} {
  const has = (path: string) => files.some((file) => file.path === path);
  const identifies = has("src/auth.ts");
  const limited = has("src/rate-limit.ts");
  const imports = new Imports();
  if (identifies) imports.use("identify", "./auth.js");
  if (limited) for (const name of ["senderOf", "takeTurn"]) imports.use(name, "./rate-limit.js");
  if (identifies || limited) imports.use("toResponse", "./problem.js");
  imports.use("app", "./app.js");
  imports.use("isReady", "./health.js");
  imports.use("log", "./log.js");
  for (const name of ["countRequest", "metricsText"]) imports.use(name, "./metrics.js");
  for (const name of ["context", "inContext"]) imports.use(name, "./request-context.js");
  imports.use("inSpan", "./telemetry.js");
  return {
    imports: imports.lines(),
    admits: identifies || limited,
    identifies,
    limited,
    openapi: has("openapi.json"),
  };
}

/** How `health.ts` asks whether a service is ready. */
export function healthView({
  ready,
}: Required<Feature>): ImportLines & { needs: Required<Feature>["ready"] } {
  const imports = importsOf(...ready);
  if (ready.length > 0) imports.use("log", "./log.js");
  return { imports: imports.lines(), needs: ready };
}

/** What `metrics.ts` shows besides requests and the process. */
export function metricsView({ metrics }: Required<Feature>): ImportLines & { more: string[] } {
  const imports = importsOf(...metrics);
  imports.use("serviceName", "./config.js");
  return { imports: imports.lines(), more: metrics.map(({ name }) => name) };
}
