import type { JsonValue } from "../../shared/json.js";

/** Column type of a workspace entity. `numeric` takes `precision` and `scale`. */
export type WorkspaceFieldType =
  | "text"
  | "integer"
  | "bigint"
  | "numeric"
  | "double"
  | "boolean"
  | "date"
  | "timestamptz"
  | "uuid"
  | "jsonb";

export interface WorkspaceField {
  /** Letters, digits and underscores, not starting with a digit; at most 63 characters. */
  name: string;
  type: WorkspaceFieldType;
  /** Digits in all, 1 to 1000; only for `numeric`. */
  precision?: number;
  /** Digits after the point, 0 to `precision`; only for `numeric`. */
  scale?: number;
  /** A value is required. */
  required?: boolean;
  /** No two records share a value. */
  unique?: boolean;
  comment?: string;
}

/** An entity of the built-in workspace database. */
export interface WorkspaceEntity {
  /** Letters, digits and underscores, not starting with a digit; at most 63 characters. */
  name: string;
  fields: WorkspaceField[];
  /** Fields that identify a record, in order. */
  primaryKey: string[];
  comment?: string;
}

export interface CreateWorkspaceEntityRequest {
  name: string;
  fields: WorkspaceField[];
  primaryKey: string[];
  comment?: string;
}

export interface CreateWorkspaceEntityResponse {
  entity: WorkspaceEntity;
  /** False where the entity was there already, with the same definition. */
  created: boolean;
}

export interface ListWorkspaceEntitiesRequest {
  /** `name`, with \`-\` before it for falling order; \`name\` by default. */
  sort?: string;
  /** 1 to 1000; 1000, which is all, by default. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

export interface ListWorkspaceEntitiesResponse {
  entities: WorkspaceEntity[];
  /** Absent on the last page. */
  nextCursor?: string;
}

export interface LoadRecordsRequest {
  entity: string;
  /** Up to 5,000 records: field → value. A record whose key is there already takes the new values. */
  records: Record<string, JsonValue>[];
}

export interface LoadRecordsResponse {
  inserted: number;
  updated: number;
  /** Records that already had exactly these values. */
  unchanged: number;
}

export interface ListRecordsRequest {
  entity: string;
  /** Condition in the expression language on `record`, e.g. `record.country == "DE"`. */
  filter?: string;
  /**
   * The first field of the key, or a unique and required field, with `-` before it for falling order; the key by
   * default.
   */
  sort?: string;
  /** 1 to 1000; 100 by default. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

export interface WorkspaceRecord {
  /** The key's value; a key of several fields is a JSON array of them. */
  recordId: string;
  fields: Record<string, JsonValue>;
}

export interface ListRecordsResponse {
  records: WorkspaceRecord[];
  /** Absent on the last page. */
  nextCursor?: string;
}

export interface GetRecordRequest {
  entity: string;
  recordId: string;
}
