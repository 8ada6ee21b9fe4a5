import type { TypeSchema } from "../../model/app-model.js";
import { invalidArgument } from "../errors.js";
import { host } from "../host.js";
import { compileDecoder, type Decoder } from "./decode.js";
import { INVALID, lastFailure } from "./failure.js";
import { resolveType } from "./text-value.js";
import { writeFields, writeJson } from "./write-json.js";

const decoders = new WeakMap<TypeSchema, Decoder>();

/**
 * Decodes a parsed JSON value by a type of the model: unknown fields are
 * dropped, dates and decimals become objects, rules are checked. Throws an
 * `invalid_argument` error that names the field.
 */
export function decodeJson(schema: TypeSchema, value: unknown): unknown {
  let decode = decoders.get(schema);
  if (!decode) decoders.set(schema, (decode = compileDecoder(schema, host().model.types)));
  const decoded = decode(value);
  if (decoded === INVALID) throw invalidArgument(lastFailure());
  return decoded;
}

/**
 * JSON text of a value of app code. With a schema of an object, only its fields
 * are written; nested values are written as they are. Throws on what has no JSON form.
 */
export function encodeJson(schema: TypeSchema | undefined, value: unknown): string {
  const type = schema && resolveType(schema, host().model.types);
  if (type?.kind !== "object") return writeJson(value);
  if (value !== null && value !== undefined && typeof value !== "object") return writeJson(value);
  return writeFields(
    value,
    type.fields.map((field) => field.name),
  );
}
