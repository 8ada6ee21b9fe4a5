import { api } from "encore.dev/api";
import { codegen } from "~encore/clients";
import type {
  DiffGenerationRequest,
  Generation,
  GenerationDiff,
  GenerationPathRequest,
  GetGenerationFileRequest,
  ListGenerationFilesRequest,
  ListGenerationFilesResponse,
  ListGenerationsRequest,
  ListGenerationsResponse,
  ResultFileText,
} from "../codegen/types.js";
import { sendArchive } from "./archive-download.js";

/** The tenant's generations, newest first. */
export const listGenerations = api(
  { method: "GET", path: "/api/v1/generations", expose: true, auth: true },
  async (request: ListGenerationsRequest): Promise<ListGenerationsResponse> =>
    codegen.listGenerations(request),
);

/** A generation with how far it is. */
export const getGeneration = api(
  { method: "GET", path: "/api/v1/generations/:generationId", expose: true, auth: true },
  async (request: GenerationPathRequest): Promise<Generation> => codegen.getGeneration(request),
);

/** Cancels a generation: at once where it waits, else before its next service. */
export const cancelGeneration = api(
  { method: "POST", path: "/api/v1/generations/:generationId/cancel", expose: true, auth: true },
  async (request: GenerationPathRequest): Promise<Generation> => codegen.cancelGeneration(request),
);

/** The files that a generation made, by path, each with its size and hash. */
export const listGenerationFiles = api(
  { method: "GET", path: "/api/v1/generations/:generationId/files", expose: true, auth: true },
  async (request: ListGenerationFilesRequest): Promise<ListGenerationFilesResponse> =>
    codegen.listGenerationFiles(request),
);

/** One file that a generation made, with its text. */
export const getGenerationFile = api(
  { method: "GET", path: "/api/v1/generations/:generationId/file", expose: true, auth: true },
  async (request: GetGenerationFileRequest): Promise<ResultFileText> => codegen.getGenerationFile(request),
);

/** How the files of a generation differ from those of the one before, or of another one, as unified diffs. */
export const diffGeneration = api(
  { method: "GET", path: "/api/v1/generations/:generationId/diff", expose: true, auth: true },
  async (request: DiffGenerationRequest): Promise<GenerationDiff> => codegen.diffGeneration(request),
);

/** The files of a completed generation as `.tar.gz`. */
export const downloadGeneration = api.raw(
  { method: "GET", path: "/api/v1/generations/:generationId/archive", expose: true, auth: true },
  async (_request, response) => {
    await sendArchive(response, "generationId", (generationId, offset) =>
      codegen.readGenerationArchive({ generationId, offset }),
    );
  },
);
