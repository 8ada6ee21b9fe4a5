import type TS from "typescript";
import type { Diagnostic, SourcePlace } from "./app-model.js";
import type { SourceModule } from "./source/source-module.js";
import { ts } from "./typescript.js";

/** Where a finding belongs: a syntax node of a module, or a place already worked out. */
export type Spot = { module: SourceModule; node: TS.Node } | SourcePlace;

/** What a finding says, apart from its place. */
export interface Finding {
  code: string;
  message: string;
  fix?: string;
}

/** The place of a spot in its file; lines and columns start at 1. */
export function placeOf(spot: Spot): SourcePlace {
  if ("file" in spot) return spot;
  const source = spot.module.source;
  const start = Math.min(spot.node.getStart(source), source.end);
  const { line, character } = ts.getLineAndCharacterOfPosition(source, start);
  return { file: spot.module.file, line: line + 1, column: character + 1 };
}

/** Collects findings; the same finding at the same place counts once. */
export class Diagnostics {
  readonly #list: Diagnostic[] = [];
  readonly #seen = new Set<string>();

  get hasErrors(): boolean {
    return this.#list.some((d) => d.severity === "error");
  }

  error(spot: Spot | undefined, finding: Finding): void {
    this.#add("error", spot, finding);
  }

  warn(spot: Spot | undefined, finding: Finding): void {
    this.#add("warning", spot, finding);
  }

  /** Every finding, errors first, each group in the order of the sources. */
  list(): Diagnostic[] {
    return [...this.#list].sort(
      (a, b) =>
        Number(a.severity === "warning") - Number(b.severity === "warning") ||
        (a.place?.file ?? "").localeCompare(b.place?.file ?? "") ||
        (a.place?.line ?? 0) - (b.place?.line ?? 0) ||
        (a.place?.column ?? 0) - (b.place?.column ?? 0),
    );
  }

  #add(severity: Diagnostic["severity"], spot: Spot | undefined, finding: Finding): void {
    const place = spot && placeOf(spot);
    const key = JSON.stringify([severity, finding.code, finding.message, place]);
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.#list.push({ severity, ...finding, ...(place && { place }) });
  }
}
