import type { App } from "./app.js";
import type { AppModel } from "./app-model.js";
import type { Usage } from "./usage/usage.js";

/** Adds to the model which service publishes, calls, and uses what. */
export function addUsages(app: App, model: AppModel): void {
  for (const usage of app.usages) {
    const service = app.services.of(usage.module.file)?.name;
    if (service === undefined) {
      refuseOutside(app, usage);
      continue;
    }
    switch (usage.kind) {
      case "publish":
        add(model.topics.find((t) => t.name === usage.topic.name)?.publishers, service);
        break;
      case "database":
        add(model.databases.find((d) => d.name === usage.database.name)?.users, service);
        break;
      case "bucket":
        add(model.buckets.find((b) => b.name === usage.bucket.name)?.users, service);
        break;
      case "metric":
        add(model.metrics.find((m) => m.name === usage.metric.name)?.services, service);
        break;
      case "call": {
        const call = { from: service, to: usage.service, endpoint: usage.endpoint ?? "" };
        const known = model.calls.some(
          (c) => c.from === call.from && c.to === call.to && c.endpoint === call.endpoint,
        );
        if (!known) model.calls.push(call);
        break;
      }
    }
  }
}

function add(list: string[] | undefined, name: string): void {
  if (list && !list.includes(name)) list.push(name);
}

const OUTSIDE: Partial<Record<Usage["kind"], string>> = {
  publish: "A topic is published to",
  bucket: "A bucket is used",
  metric: "A metric is used",
  cache: "A cache cluster is used",
  call: "A service is called",
};

/** What only a service may do must stand in the folder of one; databases may be used from anywhere. */
function refuseOutside(app: App, usage: Usage): void {
  const what = OUTSIDE[usage.kind];
  if (!what) return;
  app.diagnostics.error(usage, {
    code: "usage-outside-service",
    message: `${what} in a file that belongs to no service.`,
    fix: "Move the code into a service, or pass in a callback or a `ref` that a service made.",
  });
}
