import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { checkModel } from "../generator/model/check-model.js";
import type { Diagnostic } from "../generator/model/diagnostics.js";
import { parseModelText } from "../generator/model/model-text.js";
import type { ProjectModel } from "../generator/model/schema.js";
import { CommandError } from "./usage.js";

const NAMES = ["project.yaml", "project.yml", "project.json"];

/** The model of a project: the file given, or the one in its folder. Throws `CommandError`. */
export function modelFile(dir: string, given: string | undefined): string {
  const files = given === undefined ? NAMES.map((name) => path.join(dir, name)) : [path.resolve(given)];
  const file = files.find((each) => existsSync(each));
  if (file !== undefined) return file;
  throw new CommandError(
    given === undefined
      ? `There is no ${NAMES.join(", ")} in ${dir}. Name the model with --model FILE, or start with: axion project new NAME`
      : `There is no file ${given}.`,
  );
}

/** Reads and checks a model; `model` is absent where it has errors. Throws `CommandError` for a text that is no model. */
export function readModel(file: string): { model?: ProjectModel; diagnostics: Diagnostic[] } {
  const parsed = parseModelText(readFileSync(file, "utf8"));
  if (parsed.problems === undefined) return checkModel(parsed.model);
  throw new CommandError(
    parsed.problems
      .map(
        ({ message, line, column }) => `${file}${line === undefined ? "" : `:${line}:${column}`}: ${message}`,
      )
      .join("\n"),
  );
}

/** What is wrong with a model, one thing a paragraph. */
export function diagnosticsText(diagnostics: Diagnostic[]): string {
  return diagnostics
    .map(({ severity, path: at, message, fix, code }) => `${severity}: ${at}: ${message} [${code}]\n  ${fix}`)
    .join("\n");
}
