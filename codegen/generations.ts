import { api } from "encore.dev/api";
import { requireIdentity } from "../shared/tenancy/identity.js";
import { withTenant } from "../shared/tenancy/with-tenant.js";
import { db } from "./db.js";
import * as generating from "./domain/generations.js";
import { findProject } from "./domain/projects.js";
import * as records from "./domain/record-event.js";
import * as diffs from "./domain/results/diff-results.js";
import * as results from "./domain/results/read-result.js";
import type {
  ArchiveContent,
  DiffGenerationRequest,
  DiffVersionsRequest,
  Generation,
  GenerationDiff,
  GenerationPathRequest,
  GetGenerationFileRequest,
  GetProjectRequest,
  ListGenerationFilesRequest,
  ListGenerationFilesResponse,
  ListGenerationsRequest,
  ListGenerationsResponse,
  ReadArchiveRequest,
  RebuildProjectResponse,
  ResultFileText,
  StartGenerationRequest,
  VersionDiff,
} from "./types.js";
import { worker } from "./worker.js";

/** Queues the generation of a project's services. */
export const generateProject = api(
  { method: "POST", path: "/projects/:projectId/generate", expose: false, auth: true },
  async (request: StartGenerationRequest): Promise<Generation> => {
    const generation = await generating.startGeneration(db, requireIdentity(), request);
    worker.wake();
    return generation;
  },
);

/** The tenant's generations, newest first. */
export const listGenerations = api(
  { method: "GET", path: "/generations", expose: false, auth: true },
  async (request: ListGenerationsRequest): Promise<ListGenerationsResponse> =>
    generating.listGenerations(db, requireIdentity().tenantId, request),
);

/** A generation with how far it is. */
export const getGeneration = api(
  { method: "GET", path: "/generations/:generationId", expose: false, auth: true },
  async ({ generationId }: GenerationPathRequest): Promise<Generation> =>
    generating.getGeneration(db, requireIdentity().tenantId, generationId),
);

/** Cancels a generation that waits or runs. */
export const cancelGeneration = api(
  { method: "POST", path: "/generations/:generationId/cancel", expose: false, auth: true },
  async ({ generationId }: GenerationPathRequest): Promise<Generation> =>
    generating.cancelGeneration(db, requireIdentity(), generationId),
);

/** The files that a generation made, by path. */
export const listGenerationFiles = api(
  { method: "GET", path: "/generations/:generationId/files", expose: false, auth: true },
  async (request: ListGenerationFilesRequest): Promise<ListGenerationFilesResponse> =>
    results.listFiles(db, requireIdentity().tenantId, request),
);

/** One file that a generation made. */
export const getGenerationFile = api(
  { method: "GET", path: "/generations/:generationId/file", expose: false, auth: true },
  async (request: GetGenerationFileRequest): Promise<ResultFileText> =>
    results.getFile(db, requireIdentity().tenantId, request),
);

/** A part of a generation's archive, for the download. */
export const readGenerationArchive = api(
  { method: "GET", path: "/generations/:generationId/archive", expose: false, auth: true },
  async (request: ReadArchiveRequest): Promise<ArchiveContent> =>
    results.readPart(db, requireIdentity().tenantId, request),
);

/** How the files of a generation differ from those of another one. */
export const diffGeneration = api(
  { method: "GET", path: "/generations/:generationId/diff", expose: false, auth: true },
  async (request: DiffGenerationRequest): Promise<GenerationDiff> =>
    diffs.diffGeneration(db, requireIdentity().tenantId, request),
);

/** How two versions of a project differ. */
export const diffProjectVersions = api(
  { method: "GET", path: "/projects/:projectId/diff", expose: false, auth: true },
  async (request: DiffVersionsRequest): Promise<VersionDiff> =>
    diffs.diffVersions(db, requireIdentity().tenantId, request),
);

/** Folds the state of a project's generations and deployments anew from its events. */
export const rebuildProject = api(
  { method: "POST", path: "/projects/:projectId/rebuild", expose: false, auth: true },
  async ({ projectId }: GetProjectRequest): Promise<RebuildProjectResponse> => {
    const { tenantId } = requireIdentity();
    const events = await withTenant(db, tenantId, async (tx) => {
      const project = await findProject(tx, tenantId, projectId, "for-update");
      return await records.rebuildProject(tx, tenantId, project.id);
    });
    return { events };
  },
);
