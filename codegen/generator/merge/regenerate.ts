import ignore from "ignore";
import { generateProject } from "../generate-project.js";
import type { GeneratedFile } from "../generated-file.js";
import { type BreakingChange, breakingChanges } from "../model/breaking-changes.js";
import type { ProjectModel } from "../model/schema.js";
import { type FileChange, planRegeneration, unresolvedConflicts } from "./plan-regeneration.js";
import { readState, stateFiles } from "./project-state.js";
import { modelRenames, pathRenames, wordRenames } from "./renames.js";

/** What generating a project again does to it. */
export interface Regeneration {
  /** By path; with those that stay as they are. */
  changes: FileChange[];
  /** Files of `.axion/` afterwards. */
  state: GeneratedFile[];
  /** Contracts that the new model breaks, and the services that rely on them. */
  breaking: BreakingChange[];
  /** Files with a conflict of an earlier generation; while there are any, nothing may be written. */
  unresolved: string[];
}

/**
 * Generates a project again over what is there: a three-way merge of the last generated state, the project as it is now
 * and what the model gives now. `read` gives the text of a file of the project. Throws `ProjectStateError`.
 */
export function regenerate(model: ProjectModel, read: (path: string) => string | undefined): Regeneration {
  const before = readState(read);
  const base = before?.base ?? new Map<string, string>();
  const previous = before && {
    model: before.model,
    read: (path: string) => read(path) ?? base.get(path),
  };
  const next = generateProject(model, previous);
  const renames = before ? modelRenames(before.model, model) : [];
  const rules = ignore().add(read(".axionignore") ?? "");
  const changes = planRegeneration({
    base,
    current: read,
    next,
    ignored: (path) => rules.ignores(path),
    paths: pathRenames(renames, new Set(base.keys()), new Set(next.map(({ path }) => path))),
    words: wordRenames(
      renames,
      base.values(),
      next.map(({ text }) => text),
    ),
  });
  return {
    changes,
    state: stateFiles(model, next, changes, base),
    breaking: before ? breakingChanges(before.model, model) : [],
    unresolved: unresolvedConflicts(before?.conflicts ?? [], read),
  };
}
