import { api } from "encore.dev/api";
import { requireIdentity } from "../shared/tenancy/identity.js";
import type { TenantDataPage, TenantDataPageRequest } from "../shared/tenancy/tenant-data.js";
import { exportTenantRows } from "../shared/tenancy/tenant-rows.js";
import { db } from "./db.js";
import * as models from "./domain/project-model.js";
import * as projects from "./domain/projects.js";
import type {
  CheckProjectModelRequest,
  CheckProjectModelResponse,
  CreateProjectRequest,
  GetProjectRequest,
  ListProjectsRequest,
  ListProjectsResponse,
  Project,
  ProjectGraphResponse,
} from "./types.js";

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

/** What is wrong with a project model, without saving it. */
export const checkProjectModel = api(
  { method: "POST", path: "/projects/check", expose: false, auth: true },
  async (request: CheckProjectModelRequest): Promise<CheckProjectModelResponse> =>
    models.checkProjectModel(request.model),
);

/** Services and events of a project, and what goes between them. */
export const getProjectGraph = api(
  { method: "GET", path: "/projects/:projectId/graph", expose: false, auth: true },
  async (request: GetProjectRequest): Promise<ProjectGraphResponse> => {
    const project = await projects.getProject(db, requireIdentity().tenantId, request.projectId);
    return models.graphOfModel(project.model);
  },
);

/** A page of all that is held of a tenant here: its projects. */
export const exportTenantData = api(
  { method: "POST", path: "/projects/tenant-data", expose: false },
  async (request: TenantDataPageRequest): Promise<TenantDataPage> =>
    await exportTenantRows([{ db, kind: "project", table: "projects", key: ["id"] }], request),
);
