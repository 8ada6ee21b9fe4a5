import { setImmediate as nextTurn } from "node:timers/promises";
import { createTwoFilesPatch } from "diff";
import { APIError } from "encore.dev/api";
import { stringify } from "yaml";
import { z } from "zod";
import { decodeCursor, encodeCursor, pageSize } from "../../../shared/pagination/cursor.js";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import { generateSteps, type Previous } from "../../generator/generate-project.js";
import type { GeneratedFile } from "../../generator/generated-file.js";
import type { ProjectModel } from "../../generator/model/schema.js";
import type {
  DiffGenerationRequest,
  DiffVersionsRequest,
  FileDifference,
  GenerationDiff,
  VersionDiff,
} from "../../types.js";
import { findCompleted, findGeneration } from "../generations.js";
import { modelBreaks, readStoredModel } from "../project-model.js";
import { findVersion } from "../project-versions.js";
import { findProject } from "../projects.js";
import { filesOf, inFolder } from "./read-result.js";

const mostCharacters = 100_000;
/** More than this are generated from and compared by generations, which are jobs. */
const mostServicesAtOnce = 30;
const cursorSchema = z.object({ path: z.string().max(1_000) });

interface Page {
  folder?: string;
  limit?: number;
  cursor?: string;
}

type Files = ReadonlyMap<string, GeneratedFile>;

/**
 * How the files of a generation differ from those of another one of the same project, or of the one that it went on from.
 * Throws `notFound`, and `failedPrecondition` where the files of one are not there.
 */
export async function diffGeneration(
  db: Db,
  tenantId: string,
  request: DiffGenerationRequest,
): Promise<GenerationDiff> {
  const to = await findCompleted(db, tenantId, request.generationId);
  const from = request.from ?? to.previousId ?? undefined;
  if (request.from !== undefined) {
    const other = await withTenant(db, tenantId, (tx) => findGeneration(tx, tenantId, request.from!));
    if (other.projectId !== to.projectId) {
      throw APIError.invalidArgument("from: a generation of the same project.");
    }
  }
  const [before, after] = await Promise.all([
    from === undefined ? new Map<string, GeneratedFile>() : filesOf(db, tenantId, from),
    filesOf(db, tenantId, to.id),
  ]);
  const compared = await compare(withoutState(before), withoutState(after), request);
  return { ...(from === undefined ? {} : { from }), to: to.id, ...compared };
}

/** How two versions of a project differ: their models, or what is generated from them. Throws `notFound`. */
export async function diffVersions(
  db: Db,
  tenantId: string,
  request: DiffVersionsRequest,
): Promise<VersionDiff> {
  const { projectId } = request;
  const [from, to] = await withTenant(db, tenantId, async (tx) => {
    const { modelVersion } = await findProject(tx, tenantId, projectId);
    return [
      await findVersion(tx, tenantId, { projectId, version: request.from }),
      await findVersion(tx, tenantId, { projectId, version: request.to ?? modelVersion }),
    ] as const;
  });
  const versions = { from: from.version, to: to.version };
  const breakingChanges = modelBreaks(from.model, to.model);
  if (request.of !== "files") {
    const asFile = (text: string) => new Map([["model.yaml", { path: "model.yaml", text }]]);
    const compared = await compare(asFile(stringify(from.model)), asFile(stringify(to.model)), request);
    return { ...versions, breakingChanges, ...compared };
  }
  const models = [readStoredModel(from.model), readStoredModel(to.model)] as const;
  if (models.some(({ services }) => services.length > mostServicesAtOnce)) {
    throw APIError.failedPrecondition(
      `of: files of more than ${mostServicesAtOnce} services are compared by their generations: GET /generations/:id/diff.`,
    ).withDetails({ reason: "too_many_services" });
  }
  const before = await generated(models[0]);
  const previous: Previous = { model: models[0], read: (path) => before.get(path)?.text };
  return {
    ...versions,
    breakingChanges,
    ...(await compare(before, await generated(models[1], previous), request)),
  };
}

async function generated(model: ProjectModel, previous?: Previous): Promise<Files> {
  const files = new Map<string, GeneratedFile>();
  for (const { file } of generateSteps(model, previous)) {
    if (file !== undefined) files.set(file.path, file);
    await nextTurn();
  }
  return files;
}

/** The generator's own record of what it wrote is no part of what people compare. */
function withoutState(files: Files): Files {
  return new Map([...files].filter(([path]) => !path.startsWith(".axion/")));
}

async function compare(
  before: Files,
  after: Files,
  page: Page,
): Promise<Pick<VersionDiff, "added" | "removed" | "changed" | "files" | "nextCursor">> {
  const limit = pageSize(page.limit, { default: 20, max: 100 });
  const behind = page.cursor === undefined ? "" : decodeCursor(page.cursor, cursorSchema).path;
  const paths = [...new Set([...before.keys(), ...after.keys()])].map((path) => ({ path }));
  const changes = inFolder(paths, page.folder)
    .map(({ path }) => ({ path, change: changeOf(before.get(path), after.get(path)) }))
    .filter((each): each is Pick<FileDifference, "path" | "change"> => each.change !== undefined);
  const count = (change: FileDifference["change"]) => changes.filter((each) => each.change === change).length;
  const wanted = changes.filter(({ path }) => path > behind);
  const files: FileDifference[] = [];
  for (const { path, change } of wanted.slice(0, limit)) {
    files.push({ path, change, ...unified(path, before.get(path)?.text, after.get(path)?.text) });
    await nextTurn();
  }
  const last = wanted.length > limit ? files.at(-1) : undefined;
  return {
    added: count("added"),
    removed: count("removed"),
    changed: count("changed"),
    files,
    ...(last === undefined ? {} : { nextCursor: encodeCursor({ path: last.path }) }),
  };
}

function changeOf(
  before: GeneratedFile | undefined,
  after: GeneratedFile | undefined,
): FileDifference["change"] | undefined {
  if (before === undefined) return "added";
  if (after === undefined) return "removed";
  return before.text === after.text ? undefined : "changed";
}

function unified(path: string, before = "", after = ""): Pick<FileDifference, "diff" | "truncated"> {
  const patch = createTwoFilesPatch(`a/${path}`, `b/${path}`, before, after, undefined, undefined, {
    context: 3,
    timeout: 1_000,
  });
  const text = patch ?? `--- a/${path}\n+++ b/${path}\n(too different to be compared line by line)\n`;
  const truncated = text.length > mostCharacters;
  return { diff: truncated ? text.slice(0, mostCharacters) : text, truncated };
}
