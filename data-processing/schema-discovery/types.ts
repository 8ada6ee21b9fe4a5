/**
 * What a field's values are to an expression: how a column of any database type is seen there. `other` covers
 * types without operators of their own (json, arrays, intervals …), which read as their text.
 */
export type FieldKind = "string" | "int" | "double" | "bool" | "timestamp" | "other";

/** A column of an entity. */
export interface FieldDefinition {
  name: string;
  /** Type as the database writes it, e.g. `character varying(40)` or `numeric(12,2)`. */
  dataType: string;
  kind: FieldKind;
  nullable: boolean;
  /** The database fills it in when an insert leaves it out: a default, an identity or a generated column. */
  hasDefault: boolean;
  /** Computed by the database; cannot be written. */
  generated: boolean;
  /** Default expression as the database prints it. */
  defaultExpression?: string;
  primaryKey: boolean;
  /** Unique by itself (a primary key or unique constraint of this one column). */
  unique: boolean;
  /** Values of an enum type, in their order. */
  enumValues?: string[];
  /** The domain that the column is of, and the conditions that it puts on values. */
  domain?: FieldDomain;
  comment?: string;
  /** What the database's own statistics say, where it has any; not part of the fingerprint. */
  statistics?: FieldStatistics;
}

export interface FieldDomain {
  /** Schema-qualified. */
  name: string;
  checks: string[];
}

/** A column's values, as the database last counted them in a sample (`ANALYZE`). */
export interface FieldStatistics {
  /** Share of nulls, 0 to 1. */
  nullFraction: number;
  /** Distinct values, estimated; absent where their number is unknown. */
  distinctValues?: number;
  /** Mean size in bytes. */
  averageWidth: number;
  /** The most common values, at most 10, each cut at 100 characters. */
  commonValues: CommonValue[];
}

export interface CommonValue {
  value: string;
  /** Share of all rows, 0 to 1. */
  frequency: number;
}

/** A primary key or unique constraint. */
export interface UniqueKey {
  name: string;
  primary: boolean;
  /** Field names, in the order of the key. */
  fields: string[];
}

/** A condition that every record of the entity fulfils. */
export interface CheckConstraint {
  name: string;
  /** As the database prints it. */
  expression: string;
  /** Fields that it reads. */
  fields: string[];
}

/** A foreign key. */
export interface EntityReference {
  name: string;
  fields: string[];
  /** Entity that it points to, named as in `EntitySummary.entityType`. */
  entityType: string;
  referencedFields: string[];
}

/** A table in partitions or in another database, a view whose records are kept. */
export type EntityVariant = "partitioned" | "foreign" | "materialized";

/** The schema of one entity type, as its live database has it. */
export interface EntitySchema {
  /** Data source; `workspace` is the built-in one. */
  source: string;
  /**
   * Table or view. `name` in the default schema, else `schema.name`; a part that holds a dot or a double quote is
   * written in double quotes, as in SQL.
   */
  entityType: string;
  kind: "table" | "view";
  /** Absent for plain tables and views. */
  variant?: EntityVariant;
  fields: FieldDefinition[];
  uniqueKeys: UniqueKey[];
  references: EntityReference[];
  checks: CheckConstraint[];
  comment?: string;
  /** Rows by the database's own estimate; absent where it has none yet. */
  estimatedRows?: number;
  /** Changes exactly when the structure does. */
  fingerprint: string;
  lastAnalyzed: Date;
}

export interface AnalyzeEntityRequest {
  entityType: string;
  /** Data source; the built-in workspace by default. */
  source?: string;
  /** Reads the database even where a schema not older than 5 minutes is at hand. */
  refresh?: boolean;
}

export interface ListEntitiesRequest {
  /** Data source; the built-in workspace by default. */
  source?: string;
  /** Keeps the entities whose name contains this text, in any case. */
  search?: string;
  /** `entityType`, by schema and name, with `-` before it for falling order; `entityType` by default. */
  sort?: string;
  /** 1 to 500; 100 by default. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

export interface EntitySummary {
  entityType: string;
  kind: "table" | "view";
  /** Absent for plain tables and views. */
  variant?: EntityVariant;
  fieldCount: number;
  estimatedRows?: number;
  comment?: string;
}

export interface ListEntitiesResponse {
  entities: EntitySummary[];
  /** Absent on the last page. */
  nextCursor?: string;
}

export interface RefreshSchemasRequest {
  /** Data source; the built-in workspace by default. */
  source?: string;
  /** Entities read by this call, 1 to 500; 200 by default. */
  limit?: number;
  /** `nextCursor` of the call before. */
  cursor?: string;
}

/** What a call of `refreshSchemas` found. */
export interface RefreshSchemasResponse {
  /** Entities read. */
  analyzed: number;
  /** Entities seen for the first time, or changed since they were last seen. */
  changed: string[];
  /** Entities that are gone; looked for by the last call of a round. */
  removed: string[];
  /** Absent where the whole data source was read. */
  nextCursor?: string;
}

export interface SuggestMappingRequest {
  /** Data source of the source entity; the built-in workspace by default. */
  source?: string;
  sourceEntity: string;
  /** Data source of the target entity; that of the source entity by default. */
  targetSource?: string;
  targetEntity: string;
  /** Looks at values of both entities too; true by default. */
  useSamples?: boolean;
  /** Candidates listed for each target field, 1 to 10; 3 by default. */
  candidates?: number;
}

/** Why a source field was suggested: one signal and what it is worth, 0 to 1. */
export interface SuggestionReason {
  signal: "name" | "type" | "key" | "values";
  score: number;
  explanation: string;
}

export interface MappingCandidate {
  sourceField: string;
  /** 0 to 1. */
  score: number;
  reasons: SuggestionReason[];
}

export interface MappingSuggestion {
  targetField: string;
  /**
   * The source field chosen for it: each source field is chosen once at most. Absent where nothing fits, and where
   * `sourceFields` says what the expression reads.
   */
  sourceField?: string;
  /** Score of the choice; 0 where nothing fits. */
  score: number;
  /** The choice can be copied as it is; otherwise `expression` converts it. */
  directCopy: boolean;
  /**
   * Makes the target's value where a copy would be wrong: another type or format, another unit, other words for the
   * same states, a name in one field or in several.
   */
  expression?: string;
  /** What `expression` does. */
  explanation?: string;
  /** Fields that `expression` reads, where they are others than `sourceField`, or several. */
  sourceFields?: string[];
  /** Best candidates first, the choice among them. */
  candidates: MappingCandidate[];
}

export interface SampledRecords {
  source: number;
  target: number;
}

export interface SuggestMappingResponse {
  suggestions: MappingSuggestion[];
  /** Target fields that must be given a value and got no suggestion. */
  unmappedRequired: string[];
  /** Records of which values were looked at; 0 where there are none, or where reading them took too long. */
  sampledRecords: SampledRecords;
}
