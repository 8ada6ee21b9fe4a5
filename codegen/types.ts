import type { JsonValue } from "../shared/json.js";

export type * from "./deployment-types.js";
export type * from "./generation-types.js";

export interface CreateProjectRequest {
  /** A lower-case letter, then letters, digits and hyphens; at most 63 characters. Unique in the tenant. */
  name: string;
  description?: string;
  /** The project model: services, their entities, operations and dependencies. Either this or `modelText`. */
  model?: JsonValue;
  /** The model as text, in JSON or YAML 1.2; at most 500,000 characters. */
  modelText?: string;
}

/** A project without its model, as lists show it. */
export interface ProjectSummary {
  id: string;
  name: string;
  description: string;
  /** Version of the model, from 1. */
  modelVersion: number;
  /** Grows with each change of the project. */
  revision: number;
  createdBy: string;
  createdAt: Date;
  updatedAt: Date;
  /** When it was put away; absent for a project that is worked on. */
  archivedAt?: Date;
}

/** A system of services to be generated. */
export interface Project extends ProjectSummary {
  model: JsonValue;
}

export interface GetProjectRequest {
  projectId: string;
}

/** What is left out stays as it is. */
export interface ChangeProjectRequest {
  projectId: string;
  name?: string;
  description?: string;
  /** The whole model. Either this or `modelText`. */
  model?: JsonValue;
  /** The whole model as text, in JSON or YAML 1.2; at most 500,000 characters. */
  modelText?: string;
  /** Takes the new model though callers or consumers of the one before break. */
  acceptBreaking?: boolean;
  /** Refuses with `aborted` (reason `revision_changed`) where the project is at another revision. */
  expectedRevision?: number;
}

/** A change of a contract that what relies on it does not survive. */
export interface BreakingModelChange {
  /** `service_removed`, `operation_removed`, `operation_moved`, `value_removed`, `value_changed`, `value_required`, `event_removed`. */
  code: string;
  /** What changed, e.g. `catalog.reserveStock.quantity`. */
  subject: string;
  message: string;
  /** Services of the project that call or consume it. */
  breaks: string[];
}

export interface DeleteProjectRequest {
  projectId: string;
  /** Refuses with `aborted` (reason `revision_changed`) where the project is at another revision. */
  expectedRevision?: number;
}

/** A version of a project's model, as lists show it. */
export interface ProjectVersionSummary {
  version: number;
  /** What it breaks of the version before. */
  breakingChanges: BreakingModelChange[];
  createdBy: string;
  createdAt: Date;
}

/** A version of a project's model. */
export interface ProjectVersion extends ProjectVersionSummary {
  projectId: string;
  model: JsonValue;
}

export interface GetProjectVersionRequest {
  projectId: string;
  version: number;
}

export interface ListProjectVersionsRequest {
  projectId: string;
  /** `version`, with `-` before it for falling order; `-version` by default. */
  sort?: string;
  /** 1 to 200; 50 by default. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

export interface ListProjectVersionsResponse {
  /** Newest first, or as asked for. */
  versions: ProjectVersionSummary[];
  /** Absent on the last page. */
  nextCursor?: string;
}

export interface ListProjectsRequest {
  /** `active` by default; `archived`, or `all`. */
  state?: "active" | "archived" | "all";
  /** `createdAt`, `updatedAt` or `name`, with \`-\` before it for falling order; \`-createdAt\` by default. */
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
  /** Either this or `modelText`. */
  model?: JsonValue;
  /** The model as text, in JSON or YAML 1.2; at most 500,000 characters. */
  modelText?: string;
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

export interface RebuildProjectResponse {
  /** Events that the state was folded from. */
  events: number;
}
