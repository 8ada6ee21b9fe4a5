import type { Envelope } from "./envelope.js";

export interface AnalyzedField {
  name: string;
  /** Type as the source names it, e.g. `character varying`. */
  dataType: string;
  nullable: boolean;
}

/** An entity's schema was read from its live database. */
export interface SchemaAnalyzed {
  type: "schema-analyzed";
  sourceId: string;
  entityType: string;
  fields: AnalyzedField[];
}

/** An entity that was known is in its database no more, or may not be read any more. */
export interface SchemaRemoved {
  type: "schema-removed";
  sourceId: string;
  entityType: string;
}

/** Topic `schema-events`. */
export interface SchemaEvent extends Envelope {
  event: SchemaAnalyzed | SchemaRemoved;
}
