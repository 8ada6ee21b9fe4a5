import type TS from "typescript";
import type { App } from "../app.js";
import { ts } from "../typescript.js";

const MODULE_LEVEL = new Set([
  "topic",
  "subscription",
  "database",
  "bucket",
  "cache",
  "cron",
  "metric",
  "gateway",
]);

/** Warns of resources in functions and loops, of folders that become services by accident, and of apps in the app. */
export function checkPlacement(app: App): void {
  checkDirectCalls(app);
  for (const { resource, created } of app.binds) {
    if (!created || !MODULE_LEVEL.has(resource.kind) || !runsLater(resource.node)) continue;
    app.diagnostics.warn(resource, {
      code: "resource-not-at-module-level",
      message: `A ${resource.kind} in a function or loop is one resource however often the code runs, and may never be set up.`,
      fix: "Declare it at module level.",
    });
  }
  for (const service of app.services.list) {
    const own = app.binds.filter((b) => b.created && app.services.of(b.module.file) === service);
    if (service.file !== undefined || own.some((b) => b.resource.kind === "endpoint")) continue;
    const cause = own.find((b) => ["gateway", "auth-handler", "subscription"].includes(b.resource.kind));
    if (!cause) continue;
    app.diagnostics.warn(cause, {
      code: "service-implicit",
      message: `The ${cause.resource.kind} makes the folder ${service.dir} a service named \`${service.name}\`.`,
      fix: "Move it into a service, or declare the service in an encore.service.ts.",
    });
  }
  for (const dir of app.nestedApps) {
    app.diagnostics.warn(
      { file: `${dir}/encore.app`, line: 1, column: 1 },
      {
        code: "app-nested",
        message: `The app in ${dir} is read as part of this one: its services join in.`,
        fix: "Move it under a folder that is passed over, such as `__tests__`, or out of the app.",
      },
    );
  }
}

/** An endpoint of another service that is imported and called is a plain function. */
function checkDirectCalls(app: App): void {
  for (const usage of app.usages) {
    if (usage.kind !== "direct-call") continue;
    const caller = app.services.of(usage.module.file);
    const owner = app.services.of(usage.endpoint.module.file);
    if (!owner || caller === owner) continue;
    app.diagnostics.warn(usage, {
      code: "endpoint-called-directly",
      message: `\`${usage.endpoint.name}\` belongs to the service \`${owner.name}\`: called like this, it is a plain function, without authentication, validation or middleware.`,
      fix: 'Call it through the client: `import { … } from "~encore/clients"`.',
    });
  }
}

function runsLater(node: TS.Node): boolean {
  for (let at: TS.Node | undefined = node.parent; at; at = at.parent) {
    if (ts.isFunctionLike(at) || ts.isIterationStatement(at, false)) return true;
  }
  return false;
}
