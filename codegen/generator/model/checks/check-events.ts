import { camelCase } from "../../views/casing.js";
import type { Report } from "../diagnostics.js";
import type { ProjectModel } from "../schema.js";
import { checkEventOfEntity } from "./check-event-of-entity.js";
import { checkValues } from "./check-values.js";

/** Events: one publisher each, a key that is there, and consumers of events that exist. */
export function checkEvents({ services }: ProjectModel, report: Report): void {
  const publishers = new Map<string, string>();
  const words = new Map<string, string>();
  for (const [index, service] of services.entries()) {
    for (const [at, event] of service.publishes.entries()) {
      const path = ["services", index, "publishes", at];
      const publisher = publishers.get(event.name);
      if (publisher !== undefined) {
        report({
          code: "duplicate_name",
          path: [...path, "name"],
          message: `the service "${publisher}" publishes "${event.name}" already`,
          fix: "An event has one publisher: choose another name.",
        });
      }
      publishers.set(event.name, publisher ?? service.name);
      const alike = words.get(camelCase(event.name)) ?? event.name;
      if (alike !== event.name) {
        report({
          code: "duplicate_name",
          path: [...path, "name"],
          message: `in code, "${event.name}" is the same word as the event "${alike}"`,
          fix: "Choose another name.",
        });
      }
      words.set(camelCase(event.name), alike);
      checkValues(event.fields, [...path, "fields"], report);
      checkEventOfEntity(event, service, path, report);
      const key = event.fields.find((field) => field.name === event.key);
      if (
        event.key !== undefined &&
        (key === undefined || key.list || key.type === "object" || key.type === "json")
      ) {
        report({
          code: "unknown_field",
          path: [...path, "key"],
          message: `the event has no plain field "${event.key}"`,
          fix: "Name one of its fields that is neither a list nor an object.",
        });
      }
    }
  }
  for (const [index, service] of services.entries()) {
    const seen = new Set<string>();
    for (const [at, name] of service.consumes.entries()) {
      const path = ["services", index, "consumes", at];
      if (!publishers.has(name)) {
        report({
          code: "unknown_event",
          path,
          message: `no service publishes "${name}"`,
          fix:
            publishers.size === 0
              ? "Let a service publish it."
              : `Choose one of ${[...publishers.keys()].join(", ")}.`,
        });
      } else if (seen.has(name)) {
        report({
          code: "duplicate_name",
          path,
          message: `"${name}" stands here already`,
          fix: "Remove one.",
        });
      }
      seen.add(name);
    }
  }
}
