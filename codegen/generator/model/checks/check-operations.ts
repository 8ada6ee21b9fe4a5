import type { Report } from "../diagnostics.js";
import { reservedWords } from "../names.js";
import { entityPath, operationPath } from "../plural.js";
import type { OperationModel, ServiceModel } from "../schema.js";
import { checkCodeNames } from "./check-code-names.js";
import { checkValues } from "./check-values.js";
import { reportDuplicates } from "./duplicates.js";

/** Where a service answers by itself. */
const ownPaths = ["health", "ready", "metrics", "openapi.json"];

/** Operations of a service: names, values, and paths that do not meet. */
export function checkOperations(service: ServiceModel, path: readonly PropertyKey[], report: Report): void {
  const { operations, entities } = service;
  const at = (index: number, ...rest: PropertyKey[]) => [...path, "operations", index, ...rest];
  reportDuplicates(
    operations.map((operation) => operation.name),
    "an operation",
    (index) => at(index, "name"),
    report,
  );
  checkCodeNames(service, path, report);
  const routes = new Map<string, string>();
  for (const entity of entities) {
    const base = `/${entityPath(entity)}`;
    for (const operation of entity.operations) {
      const method = { list: "GET", get: "GET", create: "POST", update: "PATCH", delete: "DELETE" }[
        operation
      ];
      const one = operation === "list" || operation === "create" ? "" : "/:";
      routes.set(`${method} ${base}${one}`, `${entity.name}.${operation}`);
    }
  }
  for (const [index, operation] of operations.entries()) {
    if (reservedWords.has(operation.name)) {
      report({
        code: "reserved_name",
        path: at(index, "name"),
        message: `"${operation.name}" is a reserved word`,
        fix: "Choose another name.",
      });
    }
    checkPath(operation, at(index, "path"), report);
    const route = `${operation.method} ${operationPath(operation).replaceAll(/:[A-Za-z0-9]+/g, ":")}`;
    const other = routes.get(route);
    if (other !== undefined) {
      report({
        code: "path_taken",
        path: at(index, "path"),
        message: `${operation.method} ${operationPath(operation)} is answered by ${other} already`,
        fix: "Choose another path or method.",
      });
    }
    routes.set(route, operation.name);
    checkValues(operation.input, at(index, "input"), report);
    checkValues(operation.output, at(index, "output"), report);
  }
}

function checkPath(operation: OperationModel, path: readonly PropertyKey[], report: Report): void {
  const [first] = operationPath(operation).slice(1).split("/");
  if (ownPaths.includes(first!)) {
    report({
      code: "path_taken",
      path,
      message: `each service answers /${first} by itself`,
      fix: "Choose another path.",
    });
  }
  const parameters = [...operationPath(operation).matchAll(/:([A-Za-z0-9]+)/g)].map(([, name]) => name!);
  reportDuplicates(parameters, "a parameter", () => path, report);
  for (const name of parameters) {
    const value = operation.input.find((each) => each.name === name);
    if (value === undefined || value.list || value.type === "object" || value.type === "json") {
      report({
        code: "unknown_parameter",
        path,
        message:
          value === undefined
            ? `the input has no value "${name}"`
            : `"${name}" is a ${value.list ? "list" : value.type}, which a path cannot hold`,
        fix: `Add "${name}" to the input as a plain value, or take it out of the path.`,
      });
    }
  }
}
