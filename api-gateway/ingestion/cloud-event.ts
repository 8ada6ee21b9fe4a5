import type { CloudEvent } from "../../event-management/ingestion/types.js";
import type { JsonValue } from "../../shared/json.js";
import { requireData } from "./event-data.js";
import { EventProblem } from "./event-problem.js";

/** Largest event, as the bytes of its JSON or of its body. */
export const largestEvent = 256 * 1024;

/** A CloudEvent in its JSON form, or the attributes of one in binary form. */
export type JsonObject = Record<string, unknown>;

const lengths = {
  id: 512,
  source: 2_048,
  type: 256,
  subject: 1_024,
  datacontenttype: 256,
  dataschema: 2_048,
};
const mostExtensions = 64;
const longestExtension = 4_096;

const known = new Set([...Object.keys(lengths), ...["specversion", "time", "data", "data_base64"]]);

/** A full date and time with its offset (RFC 3339), as `time` has it. */
const timestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/i;
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const mediaType = /^[\w!#$&^.+-]+\/[\w!#$&^.+*-]+(\s*;.*)?$/;
/** Characters that no attribute may have: controls, and code points that are no characters (CloudEvents 1.0, 2.4). */
const forbidden = /[\p{Cc}\p{Noncharacter_Code_Point}]/u;

/** Checks a CloudEvent 1.0 in its JSON form. Throws `EventProblem` with the path of what is wrong. */
export function parseCloudEvent(value: unknown): CloudEvent {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new EventProblem("", "type_invalid", "An event must be a JSON object.");
  }
  const attributes = value as JsonObject;
  const { specversion } = attributes;
  if (specversion !== "1.0") {
    if (specversion === undefined)
      throw new EventProblem("specversion", "missing", "specversion: is missing.");
    throw new EventProblem("specversion", "version_unsupported", 'specversion: must be "1.0".');
  }
  return {
    id: requiredText(attributes, "id"),
    source: uri(requiredText(attributes, "source"), "source", "http://axion/"),
    type: requiredText(attributes, "type"),
    subject: optionalText(attributes, "subject"),
    time: timeOf(attributes),
    datacontenttype: contentTypeOf(attributes),
    dataschema: schemaOf(attributes),
    ...dataOf(attributes),
    extensions: extensionsOf(attributes),
  };
}

function requiredText(attributes: JsonObject, name: keyof typeof lengths): string {
  const text = optionalText(attributes, name);
  if (text === undefined) throw new EventProblem(name, "missing", `${name}: is missing.`);
  return text;
}

/** A null stands for an attribute that is not set. */
function optionalText(attributes: JsonObject, name: keyof typeof lengths | "time"): string | undefined {
  const value = attributes[name] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value !== "string") throw new EventProblem(name, "type_invalid", `${name}: must be a text.`);
  if (value === "") throw new EventProblem(name, "value_invalid", `${name}: must not be empty.`);
  const longest = name === "time" ? 64 : lengths[name];
  if (value.length > longest) {
    throw new EventProblem(name, "too_large", `${name}: must not be longer than ${longest} characters.`);
  }
  requireCharacters(value, name);
  return value;
}

function requireCharacters(text: string, path: string): void {
  if (forbidden.test(text) || !text.isWellFormed()) {
    throw new EventProblem(path, "invalid_text", `${path}: holds a character that attributes may not have.`);
  }
}

function uri(text: string, path: string, base?: string): string {
  if (/\s/.test(text) || !URL.canParse(text, base)) {
    throw new EventProblem(
      path,
      "value_invalid",
      `${path}: must be a URI${base === undefined ? "" : " reference"}.`,
    );
  }
  return text;
}

function schemaOf(attributes: JsonObject): string | undefined {
  const text = optionalText(attributes, "dataschema");
  return text && uri(text, "dataschema");
}

function timeOf(attributes: JsonObject): string | undefined {
  const text = optionalText(attributes, "time");
  if (text !== undefined && !(timestamp.test(text) && isDay(text) && !Number.isNaN(Date.parse(text)))) {
    throw new EventProblem(
      "time",
      "value_invalid",
      "time: must be a timestamp by RFC 3339, such as 2026-01-31T12:00:00Z.",
    );
  }
  return text;
}

/** Whether the month has the day: JavaScript takes February 30 for March 2. */
function isDay(text: string): boolean {
  const [year, month, day] = text.slice(0, 10).split("-").map(Number) as [number, number, number];
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function contentTypeOf(attributes: JsonObject): string | undefined {
  const text = optionalText(attributes, "datacontenttype");
  if (text !== undefined && !mediaType.test(text)) {
    throw new EventProblem("datacontenttype", "value_invalid", "datacontenttype: must be a media type.");
  }
  return text;
}

function dataOf({ data, data_base64 }: JsonObject): Pick<CloudEvent, "data" | "dataBase64"> {
  if (data_base64 === undefined || data_base64 === null) {
    if (data === undefined) return {};
    requireData(data, "data");
    return { data: data as JsonValue };
  }
  if (data !== undefined) {
    throw new EventProblem("data_base64", "value_invalid", "data_base64: must not stand beside data.");
  }
  if (typeof data_base64 !== "string" || !base64.test(data_base64)) {
    throw new EventProblem("data_base64", "value_invalid", "data_base64: must be base64 (RFC 4648).");
  }
  return { dataBase64: data_base64 };
}

function extensionsOf(attributes: JsonObject): Record<string, JsonValue> {
  const extensions: [string, JsonValue][] = [];
  for (const [name, value] of Object.entries(attributes)) {
    if (known.has(name) || value === null) continue;
    const path = name.slice(0, 64);
    if (!/^[a-z0-9]{1,64}$/.test(name)) {
      const message = `${path}: names of attributes have lower-case letters and digits only.`;
      throw new EventProblem(path, "name_invalid", message);
    }
    extensions.push([name, extensionOf(value, name)]);
  }
  if (extensions.length > mostExtensions) {
    throw new EventProblem("", "too_large", `An event has at most ${mostExtensions} extension attributes.`);
  }
  return Object.fromEntries(extensions);
}

function extensionOf(value: unknown, path: string): string | number | boolean {
  if (typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isInteger(value) && Math.abs(value) <= 2 ** 31) return value;
  if (typeof value === "string") {
    if (value.length > longestExtension) {
      throw new EventProblem(
        path,
        "too_large",
        `${path}: must not be longer than ${longestExtension} characters.`,
      );
    }
    requireCharacters(value, path);
    return value;
  }
  throw new EventProblem(path, "type_invalid", `${path}: must be a text, a 32-bit integer, true or false.`);
}
