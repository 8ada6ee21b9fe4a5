import { api, type Header } from "encore.dev/api";
import { codegen } from "~encore/clients";
import type {
  ChangeProjectRequest,
  CheckProjectModelRequest,
  CheckProjectModelResponse,
  CreateProjectRequest,
  DeleteProjectRequest,
  DiffVersionsRequest,
  Generation,
  GetProjectRequest,
  GetProjectVersionRequest,
  ListProjectsRequest,
  ListProjectsResponse,
  ListProjectVersionsRequest,
  ListProjectVersionsResponse,
  Project,
  ProjectGraphResponse,
  ProjectVersion,
  RebuildProjectResponse,
  StartGenerationRequest,
  VersionDiff,
} from "../codegen/types.js";
import { matchesTag, preconditionFailed } from "./answers/preconditions.js";

interface ChangeProjectIfMatch extends ChangeProjectRequest {
  /** The project's ETag, as a read of it gave: the change is refused with 412 where the project has changed since. */
  ifMatch?: Header<"If-Match">;
}

interface DeleteProjectIfMatch extends DeleteProjectRequest {
  /** The project's ETag, as a read of it gave: the change is refused with 412 where the project has changed since. */
  ifMatch?: Header<"If-Match">;
}

/** Creates a project from a model. */
export const createProject = api(
  { method: "POST", path: "/api/v1/projects", expose: true, auth: true },
  async (request: CreateProjectRequest): Promise<Project> => codegen.createProject(request),
);

/** The tenant's projects, newest first. */
export const listProjects = api(
  { method: "GET", path: "/api/v1/projects", expose: true, auth: true },
  async (request: ListProjectsRequest): Promise<ListProjectsResponse> => codegen.listProjects(request),
);

/** A project with its model. */
export const getProject = api(
  { method: "GET", path: "/api/v1/projects/:projectId", expose: true, auth: true },
  async (request: GetProjectRequest): Promise<Project> => codegen.getProject(request),
);

/**
 * Gives a project another model, which is a new version. What breaks for callers and consumers of the version before is
 * refused, all of it in the details, unless `acceptBreaking` is given. `If-Match` takes the ETag under which it was read.
 */
export const replaceProject = api(
  { method: "PUT", path: "/api/v1/projects/:projectId", expose: true, auth: true },
  async ({ ifMatch, ...request }: ChangeProjectIfMatch): Promise<Project> =>
    codegen.replaceProject({ ...request, ...(await revisionOf(request, ifMatch)) }),
);

/** Changes what the request names: name, description or model. Otherwise like `PUT`. */
export const changeProject = api(
  { method: "PATCH", path: "/api/v1/projects/:projectId", expose: true, auth: true },
  async ({ ifMatch, ...request }: ChangeProjectIfMatch): Promise<Project> =>
    codegen.changeProject({ ...request, ...(await revisionOf(request, ifMatch)) }),
);

/** Removes a project with its versions and results. Its services must be stopped before. */
export const deleteProject = api(
  { method: "DELETE", path: "/api/v1/projects/:projectId", expose: true, auth: true },
  async ({ ifMatch, ...request }: DeleteProjectIfMatch): Promise<void> =>
    codegen.deleteProject({ ...request, ...(await revisionOf(request, ifMatch)) }),
);

/** Puts a project away: it is kept, and nothing is done with it. */
export const archiveProject = api(
  { method: "POST", path: "/api/v1/projects/:projectId/archive", expose: true, auth: true },
  async ({ ifMatch, ...request }: DeleteProjectIfMatch): Promise<Project> =>
    codegen.archiveProject({ ...request, ...(await revisionOf(request, ifMatch)) }),
);

/** Takes up a project that was put away. */
export const restoreProject = api(
  { method: "POST", path: "/api/v1/projects/:projectId/restore", expose: true, auth: true },
  async ({ ifMatch, ...request }: DeleteProjectIfMatch): Promise<Project> =>
    codegen.restoreProject({ ...request, ...(await revisionOf(request, ifMatch)) }),
);

/** All versions of a project's model, newest first, each with what it breaks of the one before. */
export const listProjectVersions = api(
  { method: "GET", path: "/api/v1/projects/:projectId/versions", expose: true, auth: true },
  async (request: ListProjectVersionsRequest): Promise<ListProjectVersionsResponse> =>
    codegen.listProjectVersions(request),
);

/** A version of a project's model. */
export const getProjectVersion = api(
  { method: "GET", path: "/api/v1/projects/:projectId/versions/:version", expose: true, auth: true },
  async (request: GetProjectVersionRequest): Promise<ProjectVersion> => codegen.getProjectVersion(request),
);

/** How two versions of a project differ: their models, or the files that are generated from them, as unified diffs. */
export const diffProjectVersions = api(
  { method: "GET", path: "/api/v1/projects/:projectId/diff", expose: true, auth: true },
  async (request: DiffVersionsRequest): Promise<VersionDiff> => codegen.diffProjectVersions(request),
);

/** What is wrong with a project model, all of it at once, without saving it. */
export const checkProjectModel = api(
  { method: "POST", path: "/api/v1/projects/check", expose: true, auth: true },
  async (request: CheckProjectModelRequest): Promise<CheckProjectModelResponse> =>
    codegen.checkProjectModel(request),
);

/** Services and events of a project, and what goes between them. */
export const getProjectGraph = api(
  { method: "GET", path: "/api/v1/projects/:projectId/graph", expose: true, auth: true },
  async (request: GetProjectRequest): Promise<ProjectGraphResponse> => codegen.getProjectGraph(request),
);

/** Queues the generation of a project's services; the answer is the job, to be followed. */
export const generateProject = api(
  { method: "POST", path: "/api/v1/projects/:projectId/generate", expose: true, auth: true },
  async (request: StartGenerationRequest): Promise<Generation> => codegen.generateProject(request),
);

/** Folds the state of a project's generations and deployments anew from its events. */
export const rebuildProject = api(
  { method: "POST", path: "/api/v1/projects/:projectId/rebuild", expose: true, auth: true },
  async (request: GetProjectRequest): Promise<RebuildProjectResponse> => codegen.rebuildProject(request),
);

/** The revision that a change must find, where `If-Match` is given. Throws where the project is another by now. */
async function revisionOf(
  { projectId }: { projectId: string },
  ifMatch: string | undefined,
): Promise<{ expectedRevision?: number }> {
  if (ifMatch === undefined) return {};
  const project = await codegen.getProject({ projectId });
  if (!matchesTag(ifMatch, project)) throw preconditionFailed("project");
  return { expectedRevision: project.revision };
}
