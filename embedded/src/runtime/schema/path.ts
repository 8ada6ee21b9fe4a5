import type { PathSegment } from "../../model/app-model.js";
import { isDecimal } from "../decimal.js";
import { ApiError, invalidArgument } from "../errors.js";
import { formatDateTimeWithOffset } from "./datetime.js";
import { INVALID, lastFailure } from "./failure.js";
import { percentDecode } from "./query.js";
import { decodeJsonNumber } from "./text-value.js";
import { type Check, compileValidation } from "./validate.js";

type Fields = Record<string, unknown>;
type Dynamic = Exclude<PathSegment, { kind: "literal" }>;

/** Reads the parameters of a path; undefined when it has none. */
export type PathDecoder = (params: readonly string[]) => Fields | undefined;

/** Compiles the parameters of a path, in order. */
export function compilePathDecoder(path: PathSegment[]): PathDecoder {
  const params = path
    .filter((segment): segment is Dynamic => segment.kind !== "literal")
    .map((segment) => ({
      name: segment.name,
      decode: segment.kind === "param" ? PARAM[segment.type] : PARAM.string,
      check:
        segment.kind === "param" && segment.validation ? compileValidation(segment.validation) : undefined,
    }));
  if (params.length === 0) return () => undefined;
  return (raw) => {
    const fields: Fields = {};
    for (let i = 0; i < raw.length && i < params.length; i++) {
      const { name, decode, check } = params[i] as {
        name: string;
        decode: (t: string) => unknown;
        check?: Check;
      };
      const value = decode(decodeParam(raw[i] as string));
      const problem = check?.(value);
      if (problem !== undefined) throw invalidArgument(`invalid path parameter ${name}: ${problem}`);
      fields[name] = value;
    }
    return fields;
  };
}

function decodeParam(raw: string): string {
  if (!raw.includes("%")) return raw;
  try {
    return decodeURIComponent(raw);
  } catch {
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(percentDecode(raw));
    } catch {
      throw invalidArgument("unable to parse path params: not UTF-8");
    }
  }
}

const PARAM = {
  string: (text: string): unknown => text,
  number: (text: string): unknown => {
    const value = decodeJsonNumber(text.trim());
    if (value === INVALID) throw invalidArgument(`path parameter is not a valid number: ${lastFailure()}`);
    return value;
  },
  boolean: (text: string): unknown => {
    const trimmed = text.trim();
    if (trimmed === "true") return true;
    if (trimmed === "false") return false;
    throw invalidArgument("path parameter is not a valid boolean");
  },
};

/** Characters that need no escape in a path parameter (RFC 3986, unreserved); `encodeURIComponent` leaves a few more. */
function encodeParam(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function paramText(name: string, value: unknown): string {
  switch (typeof value) {
    case "string":
      return encodeParam(value);
    case "boolean":
    case "number":
    case "bigint":
      return String(value);
    default:
      if (value === null) return "null";
      if (value instanceof Date) return formatDateTimeWithOffset(value);
      if (typeof value === "object" && value !== null && isDecimal(value)) return String(value.value);
      throw new ApiError("invalid_argument", "unsupported type in request payload", `field ${name}`);
  }
}

/** A path with its parameters as they stand in it. */
export interface EncodedPath {
  path: string;
  params: string[];
}

/**
 * Writes the path of a call to another service. Throws `invalid_argument` when a parameter is missing, and
 * `not_found` for empty and dotted ones: as parts of a path they lead elsewhere.
 */
export function encodePath(path: PathSegment[], payload: Fields | undefined): EncodedPath {
  let text = "";
  const params: string[] = [];
  for (const segment of path) {
    if (segment.kind === "literal") {
      text += `/${segment.value}`;
      continue;
    }
    const value = payload?.[segment.name];
    if (value === undefined) {
      throw new ApiError(
        "invalid_argument",
        "missing field in request payload",
        `missing field ${segment.name}`,
      );
    }
    const param = paramText(segment.name, value);
    text += `/${param}`;
    // A wildcard may be empty: its path ends with the slash.
    if (param === "" && segment.kind !== "param") continue;
    if (param === "" || param === "." || param === "..")
      throw new ApiError("not_found", "endpoint not found");
    params.push(param);
  }
  return { path: text || "/", params };
}
