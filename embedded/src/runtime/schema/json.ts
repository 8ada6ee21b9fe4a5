import type { TypeSchema } from "../../model/app-model.js";
import { invalidArgument } from "../errors.js";
import { host } from "../host.js";
import { compileDecoder, type Decoder } from "./decode.js";
import { INVALID, lastFailure } from "./failure.js";

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
