/** Thrown for text that is not JSON; the message says what and where. */
export class JsonSyntaxError extends Error {}

/** Nesting beyond this is refused. */
const MAX_DEPTH = 127;
/**
 * What `JSON.parse` reads too kindly: numbers that a double may not hold exactly, or at all (long
 * runs of digits, three-digit exponents), and escapes of half a character.
 */
const NEEDS_CARE = /\d{16}|\d[eE]\+?\d{3}|\\u[dD][89a-fA-F]/;
const SPACE = /[ \t\r\n]*/y;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Text of a request body. Throws where the bytes are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new JsonSyntaxError("body is not valid UTF-8");
  }
}

/**
 * Parses JSON as the official runtime does: an integer beyond 2^53 that fits 64
 * bits becomes a `bigint`, a number beyond the range of a double is refused, and
 * text after the first value is ignored.
 */
export function parseJson(text: string): unknown {
  try {
    return parseValue(text);
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw error;
    const first = firstValue(text);
    if (first === undefined || first.length === text.length)
      throw new JsonSyntaxError((error as Error).message);
    try {
      return parseValue(first);
    } catch {
      throw new JsonSyntaxError((error as Error).message);
    }
  }
}

function parseValue(text: string): unknown {
  if (text.length > 2 * MAX_DEPTH && nestingDepth(text) > MAX_DEPTH)
    throw new JsonSyntaxError("recursion limit exceeded");
  if (!NEEDS_CARE.test(text)) return JSON.parse(text);
  return (
    JSON.parse as (
      text: string,
      reviver: (...args: [string, unknown, { source?: string }]) => unknown,
    ) => unknown
  )(text, (_key, value, context) => {
    if (typeof value === "number" && context.source !== undefined) return exactNumber(value, context.source);
    if (typeof value === "string" && !value.isWellFormed())
      throw new JsonSyntaxError("lone surrogate in a string");
    return value;
  });
}

/** A number as app code gets it, given how it was written. */
export function exactNumber(value: number, source: string): number | bigint {
  if (Number.isSafeInteger(value)) return value;
  if (!Number.isFinite(value)) throw new JsonSyntaxError(`number out of range: ${source.slice(0, 40)}`);
  if (!/^-?\d+$/.test(source)) return value;
  const integer = BigInt(source);
  return BigInt.asUintN(64, integer) === integer || BigInt.asIntN(64, integer) === integer ? integer : value;
}

/** The deepest nesting of lists and objects, counting brackets outside strings. */
function nestingDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case 0x22:
        i = endOfString(text, i);
        break;
      case 0x5b:
      case 0x7b:
        if (++depth > deepest) deepest = depth;
        break;
      case 0x5d:
      case 0x7d:
        depth--;
    }
  }
  return deepest;
}

/** The index of the quote that ends the string starting at `start`; the text's length when none does. */
export function endOfString(text: string, start: number): number {
  for (let at = start + 1; ; at++) {
    at = text.indexOf('"', at);
    if (at < 0) return text.length;
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === 0x5c) slashes++;
    if (slashes % 2 === 0) return at;
  }
}

/** The text of the first JSON value; undefined when there is no whole one. */
function firstValue(text: string): string | undefined {
  SPACE.lastIndex = 0;
  SPACE.test(text);
  const start = SPACE.lastIndex;
  const opening = text[start];
  if (opening === '"') {
    const end = endOfString(text, start);
    return end < text.length ? text.slice(0, end + 1) : undefined;
  }
  if (opening !== "{" && opening !== "[") return undefined;
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char === 0x22) i = endOfString(text, i);
    else if (char === 0x5b || char === 0x7b) depth++;
    else if ((char === 0x5d || char === 0x7d) && --depth === 0) return text.slice(0, i + 1);
  }
  return undefined;
}
