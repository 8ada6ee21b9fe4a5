import type { Field } from "../../model/app-model.js";
import { isDecimal } from "../decimal.js";
import { invalidArgument } from "../errors.js";
import type { IncomingHeaders } from "../http/incoming-headers.js";
import { formatDateTimeWithOffset } from "./datetime.js";
import type { Types } from "./decode.js";
import { INVALID, lastFailure } from "./failure.js";
import { compileTextDecoder } from "./text-value.js";

type NamedField = { name: string; field: Field };
type Fields = Record<string, unknown>;

/** Reads the fields that travel in cookies into `target`, each as `{ name, value }`. Throws `invalid_argument`. */
export type CookieDecoder = (headers: IncomingHeaders, target: Fields) => void;

/** The cookies of a request; of a name given twice the last one counts, and values are kept as they are. */
export function parseCookies(headers: IncomingHeaders): Map<string, string> {
  const cookies = new Map<string, string>();
  for (const header of headers.all("cookie")) {
    for (const part of header.split(";")) {
      const equals = part.indexOf("=");
      const name = part.slice(0, Math.max(equals, 0)).trim();
      if (name !== "") cookies.set(name, part.slice(equals + 1).trim());
    }
  }
  return cookies;
}

/** Compiles the cookie fields of a payload. */
export function compileCookieDecoder(fields: NamedField[], types: Types): CookieDecoder {
  const compiled = fields.map(({ name, field }) => ({
    name,
    field,
    decode: compileTextDecoder(field.type, types, "header"),
  }));
  return (headers, target) => {
    const cookies = parseCookies(headers);
    for (const { name, field, decode } of compiled) {
      const text = cookies.get(name);
      if (text === undefined) {
        if (!field.optional) throw invalidArgument(`missing required cookie: ${name}`);
        continue;
      }
      const value = decode(text);
      if (value === INVALID) throw invalidArgument(`invalid cookie value: ${name}: ${lastFailure()}`);
      target[field.name] = { name, value };
    }
  };
}

/** Characters that would end the header or the cookie. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
const FORBIDDEN = /[\u0000-\u0008\u000a-\u001f\u007f]/;

function option<T>(
  cookie: Fields,
  name: string,
  kind: string,
  is: (value: unknown) => value is T,
): T | undefined {
  const value = cookie[name];
  if (value === undefined) return undefined;
  if (!is(value)) throw invalidArgument(`couldn't parse response: cookie field ${name} must be ${kind}`);
  return value;
}

const isString = (value: unknown): value is string => typeof value === "string";
const isBoolean = (value: unknown): value is boolean => typeof value === "boolean";
const isInteger = (value: unknown): value is number => Number.isInteger(value);
const isDate = (value: unknown): value is Date => value instanceof Date;

function valueText(value: unknown): string {
  if (value instanceof Date) return formatDateTimeWithOffset(value);
  if (typeof value === "object" && value !== null && isDecimal(value)) return String(value.value);
  return String(value);
}

/** A `Set-Cookie` value (RFC 6265) from the cookie object that a handler returned. */
export function formatSetCookie(name: string, cookie: Fields): string {
  if (cookie.value === undefined) throw invalidArgument("couldn't parse response: cookie requires a value");
  const sameSite = option(cookie, "sameSite", "a string", isString);
  if (sameSite !== undefined && !["Lax", "Strict", "None"].includes(sameSite)) {
    throw invalidArgument(
      "couldn't parse response: cookie field sameSite must be one of Lax, Strict or None",
    );
  }
  const partitioned = option(cookie, "partitioned", "a boolean", isBoolean);
  const secure = option(cookie, "secure", "a boolean", isBoolean) ?? (partitioned || sameSite === "None");
  const path = option(cookie, "path", "a string", isString);
  const domain = option(cookie, "domain", "a string", isString);
  const maxAge = option(cookie, "maxAge", "an integer", isInteger);
  const expires = option(cookie, "expires", "a datetime", isDate);
  let text = `${name}=${valueText(cookie.value)}`;
  if (option(cookie, "httpOnly", "a boolean", isBoolean)) text += "; HttpOnly";
  if (sameSite) text += `; SameSite=${sameSite}`;
  if (partitioned) text += "; Partitioned";
  if (secure) text += "; Secure";
  if (path !== undefined) text += `; Path=${path}`;
  if (domain !== undefined) text += `; Domain=${domain.replace(/^\./, "")}`;
  if (maxAge !== undefined) text += `; Max-Age=${Math.max(maxAge, 0)}`;
  if (expires) text += `; Expires=${expires.toUTCString()}`;
  if (FORBIDDEN.test(text))
    throw invalidArgument(`couldn't parse response: cookie ${name} holds a control character`);
  return Buffer.from(text, "utf8").toString("latin1");
}

/** Appends the cookie fields of a response as `Set-Cookie` headers. */
export function encodeSetCookies(fields: NamedField[], payload: Fields, headers: string[]): void {
  for (const { name, field } of fields) {
    const cookie = payload[field.name];
    if (typeof cookie === "object" && cookie !== null)
      headers.push("set-cookie", formatSetCookie(name, cookie as Fields));
  }
}

/** Appends the cookie fields of a call to another service as `Cookie` headers. */
export function encodeRequestCookies(fields: NamedField[], payload: Fields, headers: string[]): void {
  for (const { name, field } of fields) {
    const cookie = payload[field.name] as Fields | null | undefined;
    if (typeof cookie === "object" && cookie !== null)
      headers.push("cookie", `${name}=${valueText(cookie.value)}`);
    else if (!field.optional) throw invalidArgument(`missing cookie parameter: ${field.name}`);
  }
}
