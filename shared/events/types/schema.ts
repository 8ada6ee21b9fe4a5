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

/** Topic `schema-events`. */
export interface SchemaEvent extends Envelope {
  event: SchemaAnalyzed;
}
