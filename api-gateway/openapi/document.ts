/** A JSON Schema of the 2020-12 dialect, which OpenAPI 3.1 uses as it is. */
export interface Schema {
  [keyword: string]: unknown;
}

export interface MediaType {
  schema?: Schema;
  example?: unknown;
}

export interface Parameter {
  name: string;
  in: "query" | "header" | "path" | "cookie";
  description?: string;
  required?: boolean;
  schema: Schema;
  example?: unknown;
}

interface Reference {
  $ref: string;
}

export interface Answer {
  description: string;
  headers?: Record<string, unknown>;
  content?: Record<string, MediaType>;
}

export interface Operation {
  operationId: string;
  tags: string[];
  summary?: string;
  description?: string;
  parameters?: (Parameter | Reference)[];
  requestBody?: { required?: boolean; content: Record<string, MediaType> };
  responses: Record<string, Answer | Reference>;
  security?: Record<string, string[]>[];
  /** Permissions of which one is enough; absent where none is asked. */
  "x-permission"?: string[];
}

/** Operations of a path by method, in small letters. */
export type PathItem = Record<string, Operation>;

/** The parts of an OpenAPI 3.1 document that the API's description is made of. */
export interface OpenApiDocument {
  openapi: string;
  info: { title: string; version: string; description?: string };
  servers: { url: string; description?: string }[];
  tags: { name: string; description?: string }[];
  paths: Record<string, PathItem>;
  components: {
    schemas: Record<string, Schema>;
    responses?: Record<string, Answer>;
    parameters?: Record<string, Parameter>;
    headers?: Record<string, unknown>;
    securitySchemes?: Record<string, unknown>;
  };
}
