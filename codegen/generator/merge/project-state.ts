import { createHash } from "node:crypto";
import { z } from "zod";
import type { GeneratedFile } from "../generated-file.js";
import { checkModel } from "../model/check-model.js";
import type { ProjectModel } from "../model/schema.js";
import type { FileChange, FileOutcome } from "./plan-regeneration.js";

/** Who a generated file belongs to: the generator alone, generator and people, or people alone. */
type Owner = "generator" | "shared" | "person";

/** Folder in which a project keeps what was generated last. */
export const STATE_FOLDER = ".axion";
const MANIFEST = `${STATE_FOLDER}/manifest.json`;
const MODEL = `${STATE_FOLDER}/model.json`;
const basePath = (path: string) => `${STATE_FOLDER}/base/${path}`;

const manifestSchema = z.object({
  version: z.literal(1),
  files: z.record(
    z.string().regex(/^(?!.*(^|\/)\.\.?(\/|$))[^/\\\0][^\\\0]*$/, "a path inside the project"),
    z.object({
      owner: z.enum(["generator", "shared", "person"]),
      sha256: z.string(),
      conflict: z.boolean().optional(),
    }),
  ),
});

/** What was generated last, as the project keeps it. */
export interface ProjectState {
  model: ProjectModel;
  /** Generated texts by path. */
  base: ReadonlyMap<string, string>;
  /** Paths that had a conflict. */
  conflicts: string[];
}

/** The state of a project cannot be used. */
export class ProjectStateError extends Error {}

/** Reads what a project keeps of its last generation; undefined for a folder that was never generated. */
export function readState(read: (path: string) => string | undefined): ProjectState | undefined {
  const manifestText = read(MANIFEST);
  if (manifestText === undefined) return undefined;
  const manifest = manifestSchema.safeParse(parseJson(manifestText, MANIFEST));
  if (!manifest.success) throw new ProjectStateError(`${MANIFEST}: ${z.prettifyError(manifest.error)}`);
  const { model, diagnostics } = checkModel(parseJson(read(MODEL) ?? "", MODEL));
  if (model === undefined)
    throw new ProjectStateError(
      `${MODEL} is not a model: ${diagnostics[0]?.path}: ${diagnostics[0]?.message}`,
    );
  const base = new Map<string, string>();
  const conflicts: string[] = [];
  for (const [path, { sha256, conflict }] of Object.entries(manifest.data.files)) {
    const text = read(basePath(path));
    if (text === undefined || hash(text) !== sha256)
      throw new ProjectStateError(
        `${basePath(path)} is ${text === undefined ? "gone" : "not what was generated"}.`,
      );
    base.set(path, text);
    if (conflict) conflicts.push(path);
  }
  return { model, base, conflicts };
}

const owners: Partial<Record<FileOutcome, Owner>> = {
  merged: "shared",
  conflict: "shared",
  beside: "shared",
  ignored: "person",
  "stays-deleted": "person",
};

/**
 * The files that keep a generation, so that the next one can tell a person's changes from its own. `changes` is what
 * became of each file; without it all are as generated. `before` are the texts of the generation before.
 */
export function stateFiles(
  model: ProjectModel,
  files: readonly GeneratedFile[],
  changes: readonly FileChange[] = [],
  before: ReadonlyMap<string, string> = new Map(),
): GeneratedFile[] {
  const byPath = new Map(changes.map((change) => [change.path, change]));
  const kept = files.flatMap(({ path, text }) => {
    const change = byPath.get(path);
    const outcome = change?.outcome ?? "created";
    // A file that is not touched is merged over what its author last saw.
    const base = outcome === "ignored" ? before.get(path) : text;
    const owner = owners[outcome] ?? (change?.edited ? "shared" : "generator");
    return base === undefined ? [] : [{ path, text: base, outcome, owner }];
  });
  const manifest = {
    version: 1,
    files: Object.fromEntries(
      kept.map(({ path, text, outcome, owner }) => [
        path,
        {
          owner,
          sha256: hash(text),
          ...(outcome === "conflict" || outcome === "beside" ? { conflict: true } : {}),
        },
      ]),
    ),
  };
  return [
    { path: MANIFEST, text: `${JSON.stringify(manifest, null, 2)}\n` },
    { path: MODEL, text: `${JSON.stringify(model, null, 2)}\n` },
    ...kept.map(({ path, text }) => ({ path: basePath(path), text })),
  ];
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ProjectStateError(`${path} is not JSON.`);
  }
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
