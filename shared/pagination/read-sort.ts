import { APIError } from "encore.dev/api";

/** By which field a list is sorted, and in which direction. */
export interface Sort<TField extends string> {
  field: TField;
  falling: boolean;
}

/** Reads `sort`: `field` for rising and `-field` for falling order. Throws `invalidArgument` for any other field. */
export function readSort<TField extends string>(sort: string, fields: readonly TField[]): Sort<TField> {
  const falling = sort.startsWith("-");
  const name = falling ? sort.slice(1) : sort;
  const field = fields.find((known) => known === name);
  if (field !== undefined) return { field, falling };
  const known = fields.flatMap((each) => [each, `-${each}`]);
  throw APIError.invalidArgument(`sort: expected one of ${known.join(", ")}.`);
}
