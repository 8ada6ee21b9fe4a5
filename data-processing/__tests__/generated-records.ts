import fc from "fast-check";
import type { WorkspaceField } from "../workspace/types.js";

/** Fields of the entities that generated rules read and write. */
export const sourceFields: WorkspaceField[] = [
  { name: "id", type: "integer" },
  { name: "s", type: "text" },
  { name: "u", type: "text" },
  { name: "i", type: "integer" },
  { name: "b", type: "bigint" },
  { name: "d", type: "double" },
  { name: "n", type: "numeric", precision: 20, scale: 4 },
  { name: "f", type: "boolean" },
  { name: "t", type: "timestamptz" },
  { name: "day", type: "date" },
  { name: "back_text", type: "text" },
  { name: "back_key", type: "integer" },
];

export const groupFields: WorkspaceField[] = [
  { name: "code", type: "integer" },
  { name: "label", type: "text" },
];

export const itemFields: WorkspaceField[] = [
  { name: "group_id", type: "integer" },
  { name: "place", type: "integer" },
  { name: "label", type: "text" },
  { name: "main_key", type: "integer" },
];

export const targetFields: WorkspaceField[] = [
  { name: "key", type: "integer" },
  { name: "text1", type: "text" },
  { name: "text2", type: "text" },
  { name: "int1", type: "bigint" },
  { name: "int2", type: "integer" },
  { name: "num1", type: "double" },
  { name: "num2", type: "numeric", precision: 12, scale: 3 },
  { name: "flag", type: "boolean" },
  { name: "at", type: "timestamptz" },
  { name: "on_day", type: "date" },
  { name: "group_key", type: "integer" },
];

/** Texts at which executors could differ. */
export const oddText = fc.constantFrom(
  "",
  " ",
  "Straße",
  "ÀÉ",
  "ΑΣ",
  "a,b,,c",
  "12",
  "-7 ",
  "1e3",
  "0.1",
  "2024-02-29",
  "x@Y.Z ",
  "+49 (30) 123-4567",
  "0030 12 345678",
  "😀 é́",
  "İ",
  "true",
  "ǆ",
  "9223372036854775808",
);
const text = fc.oneof(
  oddText,
  fc.string({ unit: "grapheme", maxLength: 12 }).map((value) => value.replaceAll("\0", "")),
);
const nullable = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null, freq: 5 });
/** Numbers, whole and not, large and small. */
export const double = fc.oneof(
  fc.constantFrom(0, -0.5, 0.1, 2.5, 1e15, 1e-7, 123456.789, 1000000000000.125),
  fc.double({ min: -1e9, max: 1e9, noNaN: true }),
);
const instant = fc.oneof(
  fc.constantFrom(
    "2024-02-29T23:59:59.999999Z",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "1969-12-31T23:59:59.5Z",
  ),
  fc
    .date({ min: new Date("1800-01-01"), max: new Date("2200-01-01"), noInvalidDate: true })
    .map((date) => date.toISOString()),
);

/** A record of the source, but its id. */
export const record = fc.record({
  s: nullable(text),
  u: nullable(text),
  i: nullable(fc.integer({ min: -1000, max: 1000 })),
  b: nullable(
    fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String), fc.integer().map(String)),
  ),
  d: nullable(double),
  n: nullable(fc.integer({ min: -1_000_000, max: 1_000_000 }).map((value) => value / 1000)),
  f: nullable(fc.boolean()),
  t: nullable(instant),
  day: nullable(instant.map((value) => value.slice(0, 10))),
});
