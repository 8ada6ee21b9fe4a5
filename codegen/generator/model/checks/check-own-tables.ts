import { ownTables } from "../../migrations/own-tables.js";
import { tableName } from "../../migrations/tables.js";
import type { Report } from "../diagnostics.js";
import type { ServiceModel } from "../schema.js";

/** Entities whose tables would be those that the service has for its events and jobs. */
export function checkOwnTables(service: ServiceModel, path: readonly PropertyKey[], report: Report): void {
  const own = new Set(ownTables(service).map(({ name }) => name));
  for (const [index, entity] of service.entities.entries()) {
    const table = tableName(entity);
    if (!own.has(table)) continue;
    report({
      code: "reserved_name",
      path: [...path, "entities", index, entity.plural === undefined ? "name" : "plural"],
      message: `the service has a table "${table}" of its own`,
      fix: "Choose another name, or another plural.",
    });
  }
}
