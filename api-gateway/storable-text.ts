import { APIError } from "encore.dev/api";

interface Node {
  value: unknown;
  /** Where it is: `records[2].name`. */
  path: string;
}

const maxPathLength = 200;

/**
 * Refuses a request with text, or a field's name, that no database keeps as it is: the character U+0000, or half of a
 * surrogate pair. Throws `invalidArgument` with the path.
 */
export function requireStorableText(request: unknown): void {
  // Not recursive: how deep a request is nested is up to its sender.
  const left: Node[] = [{ value: request, path: "" }];
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    const { value, path } = node;
    if (typeof value === "string") {
      if (!isStorable(value)) throw refused(path);
    } else if (Array.isArray(value)) {
      for (let index = 0; index < value.length; index++)
        left.push({ value: value[index], path: `${path}[${index}]` });
    } else if (typeof value === "object" && value !== null) {
      for (const [name, inner] of Object.entries(value)) {
        if (!isStorable(name)) throw refused(path);
        left.push({ value: inner, path: path === "" ? name : `${path}.${name}` });
      }
    }
  }
}

const isStorable = (text: string): boolean => !text.includes("\0") && text.isWellFormed();

function refused(fullPath: string): APIError {
  const path = fullPath.slice(0, maxPathLength);
  const where = path === "" ? "The request" : path;
  return APIError.invalidArgument(
    `${where}: the character U+0000 and unpaired surrogates are not allowed in text.`,
  ).withDetails({ reason: "invalid_text", path });
}
