import { api } from "encore.dev/api";
import description from "./openapi/openapi.json" with { type: "json" };
import { type PublishedFile, publishedFile, sendFile } from "./published-file.js";

let document: Promise<PublishedFile> | undefined;

/** The description of this API in OpenAPI 3.1. */
export const getOpenApi = api.raw(
  { method: "GET", path: "/api/v1/openapi.json", expose: true, auth: false },
  async (request, response) => {
    document ??= publishedFile(Buffer.from(JSON.stringify(description)), "application/json");
    sendFile(request, response, await document);
  },
);
