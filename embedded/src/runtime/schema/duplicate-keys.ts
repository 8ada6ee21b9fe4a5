import type { TypeSchema } from "../../model/app-model.js";
import type { Types } from "./decode.js";
import { endOfString } from "./parse-json.js";
import { resolveType } from "./text-value.js";

/** Where a value lies in a JSON text: keys and list positions. */
type Path = (string | number)[];

/** An object or list that is being read. */
interface Open {
  /** Keys seen so far; undefined for a list. */
  keys: Set<string> | undefined;
  /** The key or position under way. */
  at: string | number;
}

/** The paths of keys that occur more than once in their object. The text must be valid JSON. */
export function duplicateKeys(text: string): Path[] {
  const duplicates: Path[] = [];
  const open: Open[] = [];
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case 0x7b: // {
        open.push({ keys: new Set(), at: "" });
        break;
      case 0x5b: // [
        open.push({ keys: undefined, at: 0 });
        break;
      case 0x7d: // }
      case 0x5d: // ]
        open.pop();
        break;
      case 0x2c: {
        const current = open[open.length - 1];
        if (current && typeof current.at === "number") current.at++;
        break;
      }
      case 0x22: {
        const end = endOfString(text, i);
        const current = open[open.length - 1];
        if (current?.keys && isKey(text, end)) {
          const raw = text.slice(i + 1, end);
          const key = raw.includes("\\") ? (JSON.parse(`"${raw}"`) as string) : raw;
          current.at = key;
          if (current.keys.has(key)) duplicates.push(open.map((level) => level.at));
          current.keys.add(key);
        }
        i = end;
      }
    }
  }
  return duplicates;
}

/** Whether the string that ends at `end` is followed by a colon. */
function isKey(text: string, end: number): boolean {
  for (let i = end + 1; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char === 0x3a) return true;
    if (char !== 0x20 && char !== 0x09 && char !== 0x0a && char !== 0x0d) return false;
  }
  return false;
}

/** Whether a path names a field of a type: keys of maps and unknown fields do not count. */
export function isFieldPath(path: Path, schema: TypeSchema, types: Types): boolean {
  let type = resolveType(schema, types);
  for (const [i, step] of path.entries()) {
    if (type.kind === "object" && typeof step === "string") {
      const field = type.fields.find(({ name }) => name === step);
      if (!field) return false;
      if (i === path.length - 1) return true;
      type = resolveType(field.type, types);
    } else if (type.kind === "map" && i < path.length - 1) type = resolveType(type.value, types);
    else if (type.kind === "array" && i < path.length - 1) type = resolveType(type.element, types);
    else return false;
  }
  return false;
}
