import { api } from "encore.dev/api";
import { codegen } from "~encore/clients";
import type {
  CreateProjectRequest,
  GetProjectRequest,
  ListProjectsRequest,
  ListProjectsResponse,
  Project,
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
