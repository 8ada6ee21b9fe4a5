import type { Diagnostic } from "../src/model/app-model.js";
import { readApp } from "../src/model/read-app.js";
import { writeSampleApp } from "./sample-app.js";

/** A small app with the official parser's verdict; see `conformance/PARSE.md`. */
export interface ParseCase {
  name: string;
  topic: string;
  files: Record<string, string | null>;
  links?: Record<string, string>;
  verdict: "accept" | "reject" | "accept-silently-wrong";
  stage?: "parse" | "bundle" | "migrate" | "boot";
  errorIn?: string;
  alsoIn?: string[];
  note?: string;
}

export interface ParseCases {
  base: Record<string, string>;
  cases: ParseCase[];
}

/** Lines that a place may be off by: the official parser points at the type in some cases and at the call in others. */
const SLACK = 2;

/** Notes on faults that no reader can see. */
const ASKS_NOTHING = /nothing a reader can see|warn only if the reader knows/i;

/** Writes a case's app to a folder of its own, reads it, and removes it. */
export async function readCase(base: Record<string, string>, parseCase: ParseCase): Promise<Diagnostic[]> {
  using app = writeSampleApp({ ...base, ...parseCase.files }, parseCase.links);
  return (await readApp(app.root)).diagnostics;
}

/** How the reader's findings differ from the recorded verdict; undefined when they agree. */
export function disagreement(parseCase: ParseCase, diagnostics: Diagnostic[]): string | undefined {
  const errors = diagnostics.filter((d) => d.severity === "error");
  const warnings = diagnostics.filter((d) => d.severity === "warning");
  const { verdict, stage, note } = parseCase;
  if (verdict === "accept") {
    if (errors.length > 0) return `refused: ${show(errors)}`;
    return warnings.length > 0 && !note ? `warned: ${show(warnings)}` : undefined;
  }
  if (verdict === "accept-silently-wrong") {
    if (errors.length > 0) return `refused: ${show(errors)}`;
    return warnings.length > 0 || ASKS_NOTHING.test(note ?? "") ? undefined : "not warned";
  }
  if (stage === "migrate") return undefined;
  if (errors.length === 0) return "accepted";
  return atExpectedPlace(parseCase, errors) ? undefined : `other place: ${show(errors)}`;
}

function atExpectedPlace({ errorIn, alsoIn = [] }: ParseCase, errors: Diagnostic[]): boolean {
  if (errorIn === undefined) return errors.some((e) => e.place !== undefined);
  return [errorIn, ...alsoIn].some((expected) => {
    const [, file, line] = /^(.*):(\d+)$/.exec(expected) ?? [];
    return errors.some(
      (e) => e.place?.file === file && Math.abs((e.place?.line ?? 0) - Number(line)) <= SLACK,
    );
  });
}

function show(diagnostics: Diagnostic[]): string {
  return diagnostics.map((d) => `${d.place?.file}:${d.place?.line} [${d.code}] ${d.message}`).join("; ");
}
