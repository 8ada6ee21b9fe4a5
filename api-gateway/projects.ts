import { api } from "encore.dev/api";
import { codegen } from "~encore/clients";
import type {
  CheckProjectModelRequest,
  CheckProjectModelResponse,
  CreateProjectRequest,
  GetProjectRequest,
  ListProjectsRequest,
  ListProjectsResponse,
  Project,
  ProjectGraphResponse,
} from "../codegen/types.js";

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
