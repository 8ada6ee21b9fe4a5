import { pascalCase } from "../../views/casing.js";
import type { Report } from "../diagnostics.js";
import { reservedOperations } from "../names.js";
import { entityPath } from "../plural.js";
import type { EntityModel, OperationModel, ServiceModel } from "../schema.js";

/** Names that a service's code makes from those of the model: none that means something else there already. */
export function checkCodeNames(
  { entities, operations }: ServiceModel,
  path: readonly PropertyKey[],
  report: Report,
): void {
  const taken = new Map<string, string>();
  const take = (names: string[], what: string, at: readonly PropertyKey[]) => {
    const clash = names.find((name) => taken.has(name));
    if (clash !== undefined) {
      report({
        code: "name_taken",
        path: at,
        message: `${what} is "${clash}" in code, like something of ${taken.get(clash)}`,
        fix: "Choose another name.",
      });
    }
    for (const name of names) if (!taken.has(name)) taken.set(name, what);
  };
  for (const [index, entity] of entities.entries())
    take(entityNames(entity), `the entity ${entity.name}`, [...path, "entities", index, "name"]);
  for (const [index, operation] of operations.entries()) {
    const at = [...path, "operations", index, "name"];
    if (reservedOperations.has(operation.name)) {
      report({
        code: "reserved_name",
        path: at,
        message: `"${operation.name}" has a meaning in generated code`,
        fix: `Choose another name, e.g. "run${pascalCase(operation.name)}".`,
      });
    }
    take(operationNames(operation), `the operation ${operation.name}`, at);
  }
}

/** What the contract and the handlers of an entity are called. */
function entityNames(entity: EntityModel): string[] {
  const { name } = entity;
  const Many = pascalCase(entityPath(entity));
  return [
    name,
    `${name}Page`,
    `List${Many}Query`,
    `list${Many}Query`,
    `list${Many}`,
    ...["create", "get", "update", "delete"].map((verb) => `${verb}${name}`),
    ...["Create", "Update"].map((verb) => `${verb}${name}`),
    ...["create", "update"].map((verb) => `${verb}${name}Body`),
  ];
}

function operationNames({ name }: OperationModel): string[] {
  return [name, ...["Input", "Output"].flatMap((side) => [`${name}${side}`, `${pascalCase(name)}${side}`])];
}
