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

export interface CheckProjectModelRequest {
  model: JsonValue;
}

/** One thing about a project model that its author should know. */
export interface ProjectModelProblem {
  /** Stable, e.g. `unknown_service`. */
  code: string;
  severity: "error" | "warning";
  /** Path in the model, e.g. `model.services[2].port`. */
  path: string;
  message: string;
  /** What to do about it. */
  fix: string;
}

export interface CheckProjectModelResponse {
  /** The model has no errors. */
  valid: boolean;
  /** All of them at once, in the order of the model; at most 200. */
  problems: ProjectModelProblem[];
}

export interface ProjectGraphNode {
  /** `service:orders`, `event:order-placed`. */
  id: string;
  kind: "service" | "event";
  label: string;
}

export interface ProjectGraphEdge {
  from: string;
  to: string;
  kind: "calls" | "publishes" | "consumes";
}

/** Services and events of a project, and what goes between them. */
export interface ProjectGraphResponse {
  nodes: ProjectGraphNode[];
  edges: ProjectGraphEdge[];
  /** The same as a Mermaid flowchart, to be drawn. */
  mermaid: string;
}
