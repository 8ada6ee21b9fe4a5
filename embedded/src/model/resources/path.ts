import type { PathSegment } from "../app-model.js";
import type { Finding } from "../diagnostics.js";

/** A path pattern, with the types of its parameters not yet known. */
export interface ParsedPath {
  raw: string;
  segments: PathSegment[];
}

/** Parses the path of an endpoint; says what is wrong with one that is not valid. */
export function parsePath(raw: string): ParsedPath | Finding {
  const problem = pathProblem(raw);
  if (problem)
    return { code: "path-invalid", message: `The path \`${raw}\` is not valid: ${problem}.`, fix: FIX };
  const segments = raw.slice(1).split("/").map(segment);
  for (const [i, seg] of segments.entries()) {
    const wrong = segmentProblem(seg, i === segments.length - 1, segments.length);
    if (wrong)
      return { code: "path-invalid", message: `The path \`${raw}\` is not valid: ${wrong}.`, fix: FIX };
  }
  return { raw, segments };
}

const FIX =
  "Write segments after single slashes, as in `/items/:id`; `*rest` and `!rest` may only come last.";

function pathProblem(raw: string): string | undefined {
  if (raw === "") return "it is empty";
  if (!raw.startsWith("/")) return "it must start with a slash";
  if (raw.startsWith("//")) return "it contains an empty segment";
  if (raw.includes("?")) return "it cannot contain a query (`?`)";
  if (raw.includes("#")) return "it cannot contain a fragment (`#`)";
  return undefined;
}

function segment(text: string): PathSegment {
  const name = text.slice(1);
  if (text.startsWith(":")) return { kind: "param", name, type: "string" };
  if (text.startsWith("*")) return { kind: "wildcard", name };
  if (text.startsWith("!")) return { kind: "fallback", name };
  return { kind: "literal", value: text };
}

function segmentProblem(seg: PathSegment, last: boolean, count: number): string | undefined {
  if (seg.kind === "literal") {
    if (seg.value === "" && count > 1) return "it contains an empty segment";
    return sigilProblem(seg.value);
  }
  if (seg.kind !== "fallback" && seg.name === "") return "a parameter has no name";
  if (/[:*]/.test(seg.name)) return "a segment can have one parameter only";
  if (seg.kind === "wildcard" && !last) return "a wildcard must come last";
  return seg.kind === "fallback" && !last ? "a fallback must come last" : undefined;
}

/** The router takes `:` and `*` inside a segment for parameters too. */
function sigilProblem(text: string): string | undefined {
  if (text.includes("*")) return "a wildcard must be a segment of its own";
  return /:(:|$)|:.*:/.test(text) ? "a segment can have one parameter, with a name" : undefined;
}

/** The names of a path's parameters. */
export function parameterNames(path: ParsedPath): string[] {
  return path.segments.flatMap((s) => (s.kind === "literal" ? [] : [s.name]));
}
