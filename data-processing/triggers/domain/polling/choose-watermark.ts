import { exprTypeOf } from "../../../entity-conversion/domain/column-sql.js";
import type { DiscoveredEntity } from "../../../schema-discovery/domain/entity.js";
import type { AutomaticRule } from "../active-rules.js";

/** The field by which changes of an entity are found, and whether it tells of updates too. */
export interface Watermark {
  field: string;
  kind: "timestamp" | "int";
  updates: boolean;
}

const changeTimes = [
  "updatedat",
  "modifiedat",
  "lastmodified",
  "lastmodifiedat",
  "changedat",
  "updated",
  "modified",
];
const creationTimes = ["createdat", "insertedat", "created"];

/** The field that grows with each change: the one that a rule names, else the likeliest; undefined where none is likely. */
export function chooseWatermark(
  entity: DiscoveredEntity,
  rules: readonly AutomaticRule[],
): Watermark | undefined {
  const named = rules.find(({ definition }) => definition.trigger.watermark !== undefined);
  const fields = entity.schema.fields.map(({ name, kind }) => ({ name, type: exprTypeOf(kind) }));
  const of = (name: string | undefined, updates: boolean): Watermark | undefined => {
    const field = fields.find((candidate) => candidate.name === name);
    if (!field || (field.type !== "timestamp" && field.type !== "int")) return undefined;
    return { field: field.name, kind: field.type, updates };
  };
  if (named) return of(named.definition.trigger.watermark, true);
  const byName = (names: readonly string[]): string | undefined =>
    names
      .map((name) => fields.find((field) => plain(field.name) === name && field.type === "timestamp")?.name)
      .find((name) => name !== undefined);
  const [key] = entity.recordKey;
  return (
    of(byName(changeTimes), true) ??
    of(byName(creationTimes), false) ??
    (entity.recordKey.length === 1 && fields.some(({ name, type }) => name === key && type === "int")
      ? of(key, false)
      : undefined)
  );
}

/** The field that says when a record was made, by which an insert is told from an update. */
export function creationField(entity: DiscoveredEntity): string | undefined {
  return entity.schema.fields.find(
    ({ name, kind }) => creationTimes.includes(plain(name)) && exprTypeOf(kind) === "timestamp",
  )?.name;
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll("_", "");
}
