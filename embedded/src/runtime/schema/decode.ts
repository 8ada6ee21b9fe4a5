import type { BasicType, Field, NamedType, TypeSchema } from "../../model/app-model.js";
import { createDecimal } from "../decimal.js";
import { parseDateTime } from "./datetime.js";
import { describeKind, fail, failAt, INVALID } from "./failure.js";
import { compileValidation } from "./validate.js";

/** Turns a parsed JSON value into what app code gets, or answers `INVALID`. */
export type Decoder = (value: unknown) => unknown;

/** Named types by id, as the model holds them. */
export type Types = Record<string, NamedType>;

const compiledTypes = new WeakMap<Types, Map<string, Decoder>>();

/**
 * Compiles a type into closures: unknown fields of objects are dropped, dates
 * and decimals become objects, and the rules of the type are checked.
 */
export function compileDecoder(schema: TypeSchema, types: Types): Decoder {
  const decode = compileShape(schema, types);
  return schema.validation ? validated(decode, compileValidation(schema.validation)) : decode;
}

/** Adds a rule to a decoder. Null passes no rule, whatever the type beneath. */
export function validated(decode: Decoder, check: (value: unknown) => string | undefined): Decoder {
  return (value) => {
    const decoded = decode(value);
    if (decoded === INVALID) return INVALID;
    const problem = check(decoded);
    return problem === undefined ? decoded : fail(problem);
  };
}

function compileShape(schema: TypeSchema, types: Types): Decoder {
  switch (schema.kind) {
    case "basic":
      return BASIC[schema.type];
    case "literal": {
      const { value } = schema;
      return (v) => (v === value ? v : fail(`expected ${JSON.stringify(value)}, got ${describeKind(v)}`));
    }
    case "array":
      return arrayDecoder(compileDecoder(schema.element, types));
    case "map":
      return mapDecoder(compileDecoder(schema.value, types));
    case "object":
      return objectDecoder(schema.fields, types);
    case "union":
      return unionDecoder(schema.members.map((member) => compileDecoder(member, types)));
    case "ref":
      return refDecoder(schema.type, types);
  }
}

function refDecoder(id: string, types: Types): Decoder {
  let compiled = compiledTypes.get(types);
  if (!compiled) compiledTypes.set(types, (compiled = new Map()));
  const known = compiled.get(id);
  if (known) return known;
  const named = types[id];
  if (!named) throw new Error(`the application model has no type ${id}`);
  // Registered before it is compiled: a recursive type refers to itself.
  let decode: Decoder | undefined;
  compiled.set(id, (value) => (decode as Decoder)(value));
  decode = compileDecoder(named.type, types);
  compiled.set(id, decode);
  return decode;
}

function expected(what: string): (value: unknown) => typeof INVALID {
  return (value) => fail(`expected ${what}, got ${describeKind(value)}`);
}

const notString = expected("a string");
const notNumber = expected("a number");
const notBoolean = expected("a boolean");
const notNull = expected("null");
const notDate = expected("a datetime string");
const notDecimal = expected("a decimal as a string");
const notList = expected("a list");
const notObject = expected("an object");

function decodeDecimal(value: unknown): unknown {
  if (typeof value !== "string") return notDecimal(value);
  try {
    return createDecimal(value);
  } catch {
    return fail("invalid decimal");
  }
}

const BASIC: Record<BasicType, Decoder> = {
  any: (value) => value,
  string: (value) => (typeof value === "string" ? value : notString(value)),
  number: (value) => (typeof value === "number" || typeof value === "bigint" ? value : notNumber(value)),
  boolean: (value) => (typeof value === "boolean" ? value : notBoolean(value)),
  null: (value) => (value === null ? null : notNull(value)),
  bigint: decodeDecimal,
  decimal: decodeDecimal,
  date: (value) =>
    typeof value === "string" ? (parseDateTime(value) ?? fail("invalid datetime")) : notDate(value),
};

function arrayDecoder(element: Decoder): Decoder {
  return (value) => {
    if (!Array.isArray(value)) return notList(value);
    const list = new Array(value.length);
    for (let i = 0; i < value.length; i++) {
      const decoded = element(value[i]);
      if (decoded === INVALID) return failAt(i);
      list[i] = decoded;
    }
    return list;
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function mapDecoder(element: Decoder): Decoder {
  return (value) => {
    if (!isObject(value)) return notObject(value);
    const map: Record<string, unknown> = {};
    for (const key of Object.keys(value)) {
      const decoded = element(value[key]);
      if (decoded === INVALID) return failAt(key);
      setField(map, key, decoded);
    }
    return map;
  };
}

/** Sets an own field, also where its name is `__proto__`. */
export function setField(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name === "__proto__") {
    Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
  } else {
    target[name] = value;
  }
}

/** A field ready to decode. `inherited`: every object has something of this name, so ownership must be checked. */
interface CompiledField {
  name: string;
  decode: Decoder;
  optional: boolean;
  inherited: boolean;
}

/** Decodes an object by its fields. */
export function objectDecoder(fields: Field[], types: Types): Decoder {
  const compiled: CompiledField[] = fields.map((field) => ({
    name: field.name,
    decode: compileDecoder(field.type, types),
    optional: field.optional,
    inherited: field.name in Object.prototype,
  }));
  return (value) => {
    if (!isObject(value)) return notObject(value);
    const object: Record<string, unknown> = {};
    for (const field of compiled) {
      const { name } = field;
      const given = field.inherited && !Object.hasOwn(value, name) ? undefined : value[name];
      if (given === undefined) {
        if (!field.optional) return fail(`missing field ${name}`);
        continue;
      }
      const decoded = field.decode(given);
      if (decoded === INVALID) return failAt(name);
      if (field.inherited) setField(object, name, decoded);
      else object[name] = decoded;
    }
    return object;
  };
}

function unionDecoder(members: Decoder[]): Decoder {
  return (value) => {
    for (const member of members) {
      const decoded = member(value);
      if (decoded !== INVALID) return decoded;
    }
    return fail(`${describeKind(value)} matches no member of the union`);
  };
}
