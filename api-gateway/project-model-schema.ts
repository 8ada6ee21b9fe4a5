import { api } from "encore.dev/api";
import schema from "../docs/project-model.schema.json" with { type: "json" };
import { type PublishedFile, publishedFile, sendFile } from "./published-file.js";

let file: Promise<PublishedFile> | undefined;

/** The JSON Schema of project models, for editors and other programs. */
export const getProjectModelSchema = api.raw(
  { method: "GET", path: "/api/v1/projects/model-schema", expose: true, auth: false },
  async (request, response) => {
    file ??= publishedFile(Buffer.from(JSON.stringify(schema)), "application/schema+json");
    sendFile(request, response, await file);
  },
);
