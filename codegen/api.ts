import { api } from "encore.dev/api";
import { requireIdentity } from "../shared/tenancy/identity.js";
import type { TenantDataPage, TenantDataPageRequest } from "../shared/tenancy/tenant-data.js";
import { exportTenantRows } from "../shared/tenancy/tenant-rows.js";
import { db } from "./db.js";
import * as changes from "./domain/change-project.js";
import { removeProject } from "./domain/local/clean-up.js";
import * as models from "./domain/project-model.js";
import * as versions from "./domain/project-versions.js";
import * as projects from "./domain/projects.js";
import { removeArchives } from "./result-files.js";
import { exportedTables } from "./tenant-tables.js";
import type {
  ChangeProjectRequest,
  CheckProjectModelRequest,
  CheckProjectModelResponse,
  CreateProjectRequest,
  DeleteProjectRequest,
  GetProjectRequest,
  GetProjectVersionRequest,
  ListProjectsRequest,
  ListProjectsResponse,
  ListProjectVersionsRequest,
  ListProjectVersionsResponse,
  Project,
  ProjectGraphResponse,
  ProjectVersion,
} from "./types.js";
import { settings } from "./worker.js";

/** Creates a project from a model. */
export const createProject = api(
  { method: "POST", path: "/projects", expose: false, auth: true },
  async (request: CreateProjectRequest): Promise<Project> =>
    projects.createProject(db, requireIdentity(), request),
);

/** The tenant's projects, newest first. */
export const listProjects = api(
  { method: "GET", path: "/projects", expose: false, auth: true },
  async (request: ListProjectsRequest): Promise<ListProjectsResponse> =>
    projects.listProjects(db, requireIdentity().tenantId, request),
);

/** A project with its model. */
export const getProject = api(
  { method: "GET", path: "/projects/:projectId", expose: false, auth: true },
  async (request: GetProjectRequest): Promise<Project> =>
    projects.getProject(db, requireIdentity().tenantId, request.projectId),
);

/** Gives a project another model, name or description. Another model is a new version. */
export const replaceProject = api(
  { method: "PUT", path: "/projects/:projectId", expose: false, auth: true },
  async (request: ChangeProjectRequest): Promise<Project> => {
    projects.requireModel(request);
    return await changes.changeProject(db, requireIdentity(), request);
  },
);

/** Changes what the request names of a project. Another model is a new version. */
export const changeProject = api(
  { method: "PATCH", path: "/projects/:projectId", expose: false, auth: true },
  async (request: ChangeProjectRequest): Promise<Project> =>
    changes.changeProject(db, requireIdentity(), request),
);

/** Removes a project with its versions and results. */
export const deleteProject = api(
  { method: "DELETE", path: "/projects/:projectId", expose: false, auth: true },
  async (request: DeleteProjectRequest): Promise<void> => {
    const actor = requireIdentity();
    const { tenantId } = actor;
    const { projectId } = request;
    const removeFiles = async () => {
      await removeProject(settings, { tenantId, projectId });
      await removeArchives(tenantId, projectId);
    };
    await changes.deleteProject(db, actor, { ...request, removeFiles });
  },
);

/** Puts a project away: it is kept, and nothing is done with it. */
export const archiveProject = api(
  { method: "POST", path: "/projects/:projectId/archive", expose: false, auth: true },
  async (request: DeleteProjectRequest): Promise<Project> =>
    changes.archiveProject(db, requireIdentity(), { ...request, archived: true }),
);

/** Takes up a project that was put away. */
export const restoreProject = api(
  { method: "POST", path: "/projects/:projectId/restore", expose: false, auth: true },
  async (request: DeleteProjectRequest): Promise<Project> =>
    changes.archiveProject(db, requireIdentity(), { ...request, archived: false }),
);

/** All versions of a project's model, newest first. */
export const listProjectVersions = api(
  { method: "GET", path: "/projects/:projectId/versions", expose: false, auth: true },
  async (request: ListProjectVersionsRequest): Promise<ListProjectVersionsResponse> =>
    versions.listVersions(db, requireIdentity().tenantId, request),
);

/** A version of a project's model. */
export const getProjectVersion = api(
  { method: "GET", path: "/projects/:projectId/versions/:version", expose: false, auth: true },
  async (request: GetProjectVersionRequest): Promise<ProjectVersion> =>
    versions.getVersion(db, requireIdentity().tenantId, request),
);

/** What is wrong with a project model, without saving it. */
export const checkProjectModel = api(
  { method: "POST", path: "/projects/check", expose: false, auth: true },
  async (request: CheckProjectModelRequest): Promise<CheckProjectModelResponse> =>
    models.checkProjectModel(projects.requireModel(request)),
);

/** Services and events of a project, and what goes between them. */
export const getProjectGraph = api(
  { method: "GET", path: "/projects/:projectId/graph", expose: false, auth: true },
  async (request: GetProjectRequest): Promise<ProjectGraphResponse> => {
    const project = await projects.getProject(db, requireIdentity().tenantId, request.projectId);
    return models.graphOfModel(project.model);
  },
);

/** A page of all that is held of a tenant here. Results can be generated again from it. */
export const exportTenantData = api(
  { method: "POST", path: "/projects/tenant-data", expose: false },
  async (request: TenantDataPageRequest): Promise<TenantDataPage> =>
    await exportTenantRows(exportedTables, request),
);
