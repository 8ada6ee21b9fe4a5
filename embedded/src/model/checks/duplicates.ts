import { type App, created } from "../app.js";
import { placeOf, type Spot } from "../diagnostics.js";

/** Names that must be unique, and things an app can have one of. */
export function checkDuplicates(app: App): void {
  unique(app, "topic", (r) => r.name, "topics named");
  unique(app, "database", (r) => r.name, "databases named");
  unique(app, "bucket", (r) => r.name, "buckets named");
  unique(app, "cache", (r) => r.name, "cache clusters named");
  unique(app, "cron", (r) => r.name, "cron jobs named");
  unique(app, "metric", (r) => r.name, "metrics named");
  unique(app, "auth-handler", () => "", "auth handlers; an app can have one");
  unique(app, "gateway", () => "", "gateways; an app can have one");
  const endpoints = created(app, "endpoint").map(({ resource: r }) => ({
    key: `${r.serviceName}.${r.name}`,
    spot: { module: r.module, node: r.nameNode },
  }));
  report(app, endpoints, "endpoints named");
  const topics = new Map<unknown, number>();
  const subscriptions = created(app, "subscription").map(({ resource: r }) => {
    if (!topics.has(r.topic.declaration)) topics.set(r.topic.declaration, topics.size);
    return { key: `${topics.get(r.topic.declaration)} ${r.name}`, shown: r.name, spot: r };
  });
  report(app, subscriptions, "subscriptions of one topic named");
}

type NamedKind = "topic" | "database" | "bucket" | "cache" | "cron" | "metric" | "auth-handler" | "gateway";

function unique<K extends NamedKind>(
  app: App,
  kind: K,
  key: (resource: ReturnType<typeof created<K>>[number]["resource"]) => string,
  what: string,
): void {
  report(
    app,
    created(app, kind).map(({ resource }) => ({ key: key(resource), spot: resource })),
    what,
  );
}

function report(app: App, items: { key: string; shown?: string; spot: Spot }[], what: string): void {
  const first = new Map<string, Spot>();
  for (const { key, shown, spot } of items) {
    const known = first.get(key);
    if (!known) {
      first.set(key, spot);
      continue;
    }
    const place = placeOf(known);
    const name = shown ?? key;
    app.diagnostics.error(spot, {
      code: "duplicate",
      message: `There are two ${what}${name === "" ? "" : ` \`${name}\``}; the first is at ${place.file}:${place.line}.`,
      fix: name === "" ? "Remove one." : "Rename one of them, or use the first by importing it.",
    });
  }
}
