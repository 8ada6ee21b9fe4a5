import type { JsonValue } from "../shared/json.js";

export interface CreateProjectRequest {
  /** A lower-case letter, then letters, digits and hyphens; at most 63 characters. Unique in the tenant. */
  name: string;
  description?: string;
  /** The project model: services, their entities, operations and dependencies. */
  model: JsonValue;
}

/** A project without its model, as lists show it. */
export interface ProjectSummary {
  id: string;
  name: string;
  description: string;
  /** Version of the model, from 1. */
  modelVersion: number;
  createdBy: string;
  createdAt: Date;
}

/** A system of services to be generated. */
export interface Project extends ProjectSummary {
  model: JsonValue;
}

export interface GetProjectRequest {
  projectId: string;
}

export interface ListProjectsRequest {
  /** `createdAt` or `name`, with \`-\` before it for falling order; \`-createdAt\` by default. */
  sort?: string;
  /** 1 to 200; 50 by default. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

export interface ListProjectsResponse {
  projects: ProjectSummary[];
  /** Absent on the last page. */
  nextCursor?: string;
}
