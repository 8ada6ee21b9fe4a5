import type { ServiceModel } from "../model/schema.js";
import type { EntityView } from "./entity-view.js";

/** What the handlers of an entity show besides the entity. */
export interface HandlerView extends EntityView {
  service: string;
  /** `order items`, `order item`: as sentences say it. */
  words: string;
  word: string;
  /** Members of what is written to a row. */
  inputRow: string;
  /** Names of `row-values.ts` that this takes. */
  rowValues: string;
}

/** How the handlers of an entity are written. */
export function handlerView(entity: EntityView, service: ServiceModel): HandlerView {
  return {
    ...entity,
    service: service.name,
    words: entity.path.replaceAll("-", " "),
    word: entity.file.replaceAll("-", " "),
    inputRow: inputRow(entity),
    rowValues: [
      ...(entity.fields.some((field) => field.isBigint) ? ["asBigint"] : []),
      ...(entity.fields.some((field) => field.isTimestamp) ? ["asDate"] : []),
    ].join(", "),
  };
}

/** The input, with instants and 64-bit integers as the driver takes them. */
function inputRow({ fields }: EntityView): string {
  const parts = fields
    .filter((field) => field.isTimestamp || field.isBigint)
    .map(({ name, isTimestamp }) => `${name}: ${isTimestamp ? "asDate" : "asBigint"}(input.${name})`);
  return ["...input", ...parts].join(", ");
}
