import { z } from "zod";
import { camelName } from "./names.js";

/** Types of a field. `reference` holds the id of another entity of the same service. */
export const fieldTypes = [
  "string",
  "text",
  "integer",
  "bigint",
  "decimal",
  "number",
  "boolean",
  "uuid",
  "date",
  "timestamp",
  "json",
  "enum",
  "reference",
] as const;

const fieldShape = {
  name: camelName,
  description: z.string().max(500).optional(),
  required: z.boolean().default(false),
  /** Most characters of a string; 255 by default. */
  maxLength: z.int().min(1).max(10_000).optional(),
  /** Digits of a decimal in all and after the point; 18 and 2 by default. */
  precision: z.int().min(1).max(38).optional(),
  scale: z.int().min(0).max(18).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  /** Values of an enum. */
  values: z
    .array(
      z
        .string()
        .regex(/^[A-Za-z][A-Za-z0-9_-]{0,62}$/, "a letter, then letters, digits, _ and -, at most 63"),
    )
    .min(1)
    .max(100)
    .optional(),
};

/** A column of an entity. */
export const entityFieldSchema = z.strictObject({
  ...fieldShape,
  type: z.enum(fieldTypes),
  unique: z.boolean().default(false),
  default: z.union([z.string(), z.number(), z.boolean()]).optional(),
  /** Entity that a reference points to, and what happens to this record when that one goes; `restrict` by default. */
  entity: z.string().optional(),
  onDelete: z.enum(["restrict", "cascade", "set-null"]).optional(),
  /** Name that this field had in the version before: its data is kept. */
  renamedFrom: z.string().optional(),
});

export type EntityField = z.infer<typeof entityFieldSchema>;

/** A value in the input or output of an operation, or in an event. */
export interface Value {
  name: string;
  description?: string | undefined;
  type: Exclude<(typeof fieldTypes)[number], "reference"> | "object";
  required: boolean;
  /** The value is a list of these. */
  list: boolean;
  maxLength?: number | undefined;
  precision?: number | undefined;
  scale?: number | undefined;
  minimum?: number | undefined;
  maximum?: number | undefined;
  values?: string[] | undefined;
  /** Parts of an object. */
  fields?: Value[] | undefined;
}

export const valueSchema: z.ZodType<Value> = z.strictObject({
  ...fieldShape,
  type: z.enum([...fieldTypes.filter((type) => type !== "reference"), "object"]),
  list: z.boolean().default(false),
  get fields() {
    return z.array(valueSchema).min(1).max(100).optional();
  },
});
