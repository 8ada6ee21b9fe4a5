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

/** Lays out the text of a TypeScript file. Throws where it is not TypeScript. */
export function formatTypeScript(path: string, text: string): string {
  if (formatter === undefined) {
    formatter = createFromBuffer(readFileSync(getPath()));
    formatter.setConfig(
      { lineWidth: formatting.lineWidth, indentWidth: formatting.indentWidth },
      { ...formatting },
    );
  }
  return formatter.formatText({ filePath: path, fileText: text });
}
