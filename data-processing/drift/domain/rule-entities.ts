import { parseEntityName } from "../../sources/identifiers.js";

/** An entity that a rule names. */
export interface NamedEntity {
  dataSource: string;
  entity: string;
}

/**
 * Every entity that a rule's definition names, wherever in it: each part with an `entity` of its own. Where such a part
 * leaves its data source out, both that of the rule's source and that of its target count.
 */
export function entitiesOf(definition: {
  source: { dataSource: string };
  target: { dataSource: string };
}): NamedEntity[] {
  const found = new Map<string, NamedEntity>();
  const defaults = [definition.source.dataSource, definition.target.dataSource];
  const visit = (part: unknown): void => {
    if (typeof part !== "object" || part === null) return;
    if (Array.isArray(part)) {
      for (const each of part) visit(each);
      return;
    }
    const { entity, dataSource } = part as { entity?: unknown; dataSource?: unknown };
    if (typeof entity === "string") {
      for (const source of typeof dataSource === "string" ? [dataSource] : defaults) {
        found.set(JSON.stringify([source, entity]), { dataSource: source, entity });
      }
    }
    for (const each of Object.values(part)) visit(each);
  };
  visit(definition);
  return [...found.values()];
}

/** Whether two names mean one entity, however they are written. */
export function sameEntity(left: NamedEntity, right: NamedEntity): boolean {
  if (left.dataSource !== right.dataSource) return false;
  return canonical(left.entity) === canonical(right.entity);
}

/** Which schema is the default does not matter here, as long as it is the same for both. */
function canonical(entity: string): string {
  const { schema, table } = parseEntityName(entity, "public");
  return JSON.stringify([schema, table]);
}
