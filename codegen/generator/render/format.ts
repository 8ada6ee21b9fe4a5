import { readFileSync } from "node:fs";
import { createFromBuffer, type Formatter } from "@dprint/formatter";
import { getPath } from "@dprint/typescript";

/** How generated TypeScript is laid out; the project's own `dprint.json` says the same. */
export const formatting = {
  lineWidth: 100,
  indentWidth: 2,
  quoteStyle: "preferDouble",
  semiColons: "always",
  trailingCommas: "onlyMultiLine",
  "arrowFunction.useParentheses": "force",
} as const;

let formatter: Formatter | undefined;

/** What was laid out before: many files of a project are the same in each service. */
const known = new Map<string, string>();
const MAX_KNOWN = 2_000;

/** Lays out the text of a TypeScript file. Throws where it is not TypeScript. */
export function formatTypeScript(path: string, text: string): string {
  if (formatter === undefined) {
    formatter = createFromBuffer(readFileSync(getPath()));
    formatter.setConfig(
      { lineWidth: formatting.lineWidth, indentWidth: formatting.indentWidth },
      { ...formatting },
    );
  }
  const formatted = known.get(text) ?? formatter.formatText({ filePath: path, fileText: text });
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(text, formatted);
  return formatted;
}
