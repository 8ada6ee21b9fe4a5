import path from "node:path";
import { openApiDocument } from "../../../embedded/src/generate/openapi/openapi-document.js";
import { loadApp } from "../../../embedded/src/model/load-app.js";

export type Schema = Record<string, unknown>;

interface DocumentedParameter {
  name: string;
  in: "path" | "query" | "header" | "cookie";
  required?: boolean;
  schema: Schema;
}

interface DocumentedAnswer {
  content?: Record<string, { schema?: Schema }>;
}

interface DocumentedOperation {
  operationId: string;
  parameters?: DocumentedParameter[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, DocumentedAnswer>;
  security?: unknown[];
}

/** One operation of the public API as its document describes it. */
export interface Operation {
  /** Name of the endpoint. */
  name: string;
  method: string;
  /** With its parameters in braces. */
  path: string;
  parameters: DocumentedParameter[];
  /** Schema of the JSON body; absent where there is none. */
  body?: Schema;
  /** Successful answers by status. */
  answers: Record<string, Schema | undefined>;
  /** Whether the document asks for a credential. */
  secured: boolean;
  /** Written by hand: its answer may be anything, and has no schema. */
  raw: boolean;
}

export interface ApiDocument {
  operations: Operation[];
  components: Record<string, Schema>;
  document: Record<string, unknown>;
}

/** The OpenAPI document of the application's model, and its operations, but for those that the sign-in library answers. */
export async function readApi(): Promise<ApiDocument> {
  const { model } = await loadApp({ appDir: path.resolve(import.meta.dirname, "../../..") });
  if (model === undefined) throw new Error("the application has no valid model");
  const { document } = openApiDocument(model, {
    filter: {},
    title: "axion",
    version: "0",
    serverUrl: "http://localhost",
  });
  const raw = new Set(
    model.endpoints.filter(({ kind }) => kind === "raw").map(({ service, name }) => `${service}.${name}`),
  );
  const operations: Operation[] = [];
  for (const [template, item] of Object.entries(document.paths as Record<string, object>)) {
    for (const [method, described] of Object.entries(item as Record<string, DocumentedOperation>)) {
      const [service, name] = described.operationId.split(".");
      if (template.startsWith("/api/v1/auth/")) continue;
      const body = described.requestBody?.content["application/json"]?.schema;
      const answers = Object.entries(described.responses)
        .filter(([status]) => status.startsWith("2"))
        .map(([status, answer]) => [status, answer.content?.["application/json"]?.schema]);
      operations.push({
        name: name!,
        method: method.toUpperCase(),
        path: template,
        parameters: described.parameters ?? [],
        ...(body === undefined ? {} : { body }),
        answers: Object.fromEntries(answers),
        secured: described.security !== undefined,
        raw: raw.has(`${service}.${name}`),
      });
    }
  }
  const components = (document.components as { schemas?: Record<string, Schema> }).schemas ?? {};
  return { operations, components, document };
}
