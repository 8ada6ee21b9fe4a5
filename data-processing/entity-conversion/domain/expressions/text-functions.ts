import { bounded, caseSql, define, type FunctionDefinition, maxTextLength, raiseSql } from "./define.js";
import { ExpressionError } from "./expression.js";

/** White space as ECMAScript's `trim` sees it, so that both executors remove the same characters. */
export const whiteSpace =
  "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff";

/** Characters of a text as code points, which is how Postgres counts. */
function codePoints(text: string): string[] | string {
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit >= 0xd800 && unit <= 0xdfff) return [...text];
  }
  return text;
}

function slice(text: string, start: bigint, end: bigint): string {
  const characters = codePoints(text);
  const from = Number(start < 0n ? 0n : start);
  const to = Number(end < 0n ? 0n : end);
  const part = characters.slice(from, Math.max(from, to));
  return typeof part === "string" ? part : part.join("");
}

function replaceAll(text: string, search: string, replacement: string): string {
  if (search === "") return text;
  const parts = text.split(search);
  bounded(text.length + (parts.length - 1) * replacement.length);
  return parts.join(replacement);
}

function replaceSql(text: string, search: string, replacement: string): string {
  const longest = `length(${text})::bigint * greatest(length(${replacement}), 1)`;
  const tooLong = `(${raiseSql("int", "'a text too long'")})::text`;
  return `(CASE WHEN ${longest} > ${maxTextLength} THEN ${tooLong} ELSE replace(${text}, ${search}, ${replacement}) END)`;
}

/** The part of a text at a place, counted from 0; null where there is none. */
function splitAt(text: string, separator: string, at: bigint): string | null {
  if (at < 0n) throw new ExpressionError("The place in `split` is negative.");
  const parts = text === "" ? [] : separator === "" ? [text] : text.split(separator);
  return parts[Number(at)] ?? null;
}

const clamp = (at: string) => `least(greatest(${at}, 0), 1073741823)`;

/** Texts. Places and lengths count characters (code points). */
export const textFunctions: FunctionDefinition[] = [
  define({
    name: "upper",
    params: ["string"],
    result: "string",
    evaluate: (s) => s.toUpperCase(),
    sql: ([s], scope) => caseSql("upper", s, scope),
  }),
  define({
    name: "lower",
    params: ["string"],
    result: "string",
    evaluate: (s) => s.toLowerCase(),
    sql: ([s], scope) => caseSql("lower", s, scope),
  }),
  define({
    name: "trim",
    params: ["string"],
    result: "string",
    evaluate: (s) => s.trim(),
    sql: ([s], scope) => `btrim(${s}, ${scope.text(whiteSpace)})`,
  }),
  define({
    name: "size",
    params: ["string"],
    result: "int",
    evaluate: (s) => BigInt(codePoints(s).length),
    sql: ([s]) => `length(${s})::bigint`,
  }),
  define({
    name: "contains",
    params: ["string", "string"],
    result: "bool",
    evaluate: (s, part) => s.includes(part),
    sql: ([s, part]) => `(strpos(${s}, ${part}) > 0)`,
  }),
  define({
    name: "startsWith",
    params: ["string", "string"],
    result: "bool",
    evaluate: (s, part) => s.startsWith(part),
    sql: ([s, part]) => `starts_with(${s}, ${part})`,
  }),
  define({
    name: "endsWith",
    params: ["string", "string"],
    result: "bool",
    evaluate: (s, part) => s.endsWith(part),
    sql: ([s, part]) => `(right(${s}, length(${part})) = ${part})`,
  }),
  define({
    name: "replace",
    params: ["string", "string", "string"],
    result: "string",
    evaluate: replaceAll,
    sql: ([s, search, by]) => replaceSql(s, search, by),
  }),
  define({
    name: "substring",
    params: ["string", "int"],
    result: "string",
    evaluate: (s, from) => slice(s, from, BigInt(s.length)),
    sql: ([s, from]) => `substr(${s}, (${clamp(from)} + 1)::integer)`,
  }),
  define({
    name: "substring",
    params: ["string", "int", "int"],
    result: "string",
    evaluate: slice,
    sql: ([s, from, to]) =>
      `substr(${s}, (${clamp(from)} + 1)::integer, greatest(${clamp(to)} - ${clamp(from)}, 0)::integer)`,
  }),
  define({
    name: "split",
    params: ["string", "string", "int"],
    result: "string",
    evaluate: splitAt,
    sql: ([s, separator, at]) =>
      `(CASE WHEN ${s} IS NULL OR ${separator} IS NULL THEN NULL WHEN ${at} < 0 THEN (${raiseSql("int", at)})::text ` +
      `ELSE (string_to_array(${s}, ${separator}))[(least(${at}, 1000000000) + 1)::integer] END)`,
  }),
];
