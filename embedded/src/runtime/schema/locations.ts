import type { Field, TypeSchema } from "../../model/app-model.js";
import type { Types } from "./decode.js";
import { resolveType } from "./text-value.js";

/** The top-level fields of a payload, by where they travel. */
export interface Located {
  body: Field[];
  query: Field[];
  header: { name: string; field: Field }[];
  cookie: { name: string; field: Field }[];
  /** The field that holds the HTTP status. */
  status: Field | undefined;
}

/** Where fields go that state no location, and which of the stated ones hold. */
export interface Placement {
  default: "body" | "query";
  /** Path parameters: they travel in the path and nowhere else. */
  pathNames: ReadonlySet<string>;
  /** Whether `HttpStatus` has a meaning here. */
  status: boolean;
}

/** Sorts the fields of an object type by location. Undefined when the type is no object: nothing travels. */
export function locateFields(
  schema: TypeSchema | undefined,
  types: Types,
  placement: Placement,
): Located | undefined {
  const type = schema && resolveType(schema, types);
  if (type?.kind !== "object") return undefined;
  const located: Located = { body: [], query: [], header: [], cookie: [], status: undefined };
  for (const field of type.fields) {
    if (placement.pathNames.has(field.name)) continue;
    const { wire } = field;
    if (wire?.in === "header" || wire?.in === "cookie") located[wire.in].push({ name: wire.name, field });
    // A name given to `Query` has no effect in the official runtime: the field's own name travels.
    else if (wire?.in === "query") located.query.push(field);
    else if (wire?.in === "status" && placement.status) located.status = field;
    else located[placement.default].push(field);
  }
  return located;
}
