import type { Report } from "../diagnostics.js";

/** Reports each name that an earlier item has too. */
export function reportDuplicates(
  names: readonly string[],
  what: string,
  path: (index: number) => readonly PropertyKey[],
  report: Report,
): void {
  const seen = new Set<string>();
  for (const [index, name] of names.entries()) {
    if (seen.has(name)) {
      report({
        code: "duplicate_name",
        path: path(index),
        message: `there is ${what} "${name}" already`,
        fix: "Give each its own name.",
      });
    }
    seen.add(name);
  }
}
