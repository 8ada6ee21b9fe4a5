import { readFileSync } from "node:fs";
import path from "node:path";
import { styleText } from "node:util";
import type { Diagnostic, SourcePlace } from "../model/app-model.js";

/** All diagnostics as text: `file:line:column`, what is wrong, the line of code, what to write instead. */
export function formatDiagnostics(diagnostics: Diagnostic[], appDir: string): string {
  const lines = new SourceLines(appDir);
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === "error").length;
  const warnings = diagnostics.length - errors;
  const counts = [errors && count(errors, "error"), warnings && count(warnings, "warning")].filter(Boolean);
  return [...diagnostics.map((diagnostic) => formatOne(diagnostic, lines)), counts.join(", ")].join("\n\n");
}

function formatOne(diagnostic: Diagnostic, lines: SourceLines): string {
  const { severity, code, message, fix, place } = diagnostic;
  const head = styleText(severity === "error" ? "red" : "yellow", severity, { stream: process.stderr });
  const where = place ? `${place.file}:${place.line}:${place.column} ` : "";
  return [
    `${where}${head}: ${message} [${code}]`,
    ...(place ? lines.frame(place) : []),
    ...(fix ? [`  fix: ${fix}`] : []),
  ].join("\n");
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

class SourceLines {
  private readonly files = new Map<string, string[]>();

  constructor(private readonly appDir: string) {}

  /** The line of code at a place, with a mark under the column. */
  frame(place: SourcePlace): string[] {
    const text = this.linesOf(place.file)[place.line - 1];
    if (text === undefined) return [];
    const gutter = `  ${place.line} | `;
    const indent = text.slice(0, place.column - 1).replace(/[^\t]/g, " ");
    return [`${gutter}${text}`, `${" ".repeat(gutter.length - 2)}| ${indent}^`];
  }

  private linesOf(file: string): string[] {
    let lines = this.files.get(file);
    if (!lines) {
      lines = readLines(path.join(this.appDir, file));
      this.files.set(file, lines);
    }
    return lines;
  }
}

/** A diagnostic may name a file that is missing; it then has no code to show. */
function readLines(file: string): string[] {
  try {
    return readFileSync(file, "utf8").split(/\r?\n/);
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "EISDIR"))
      return [];
    throw error;
  }
}
