import { api } from "encore.dev/api";
import schema from "../docs/rules.schema.json" with { type: "json" };
import { type PublishedFile, publishedFile, sendFile } from "./published-file.js";

let file: Promise<PublishedFile> | undefined;

/** The JSON Schema of files of rules, as an export gives and an import takes them. */
export const getRuleSchema = api.raw(
  { method: "GET", path: "/api/v1/conversion/rules/schema.json", expose: true, auth: false },
  async (request, response) => {
    file ??= publishedFile(Buffer.from(JSON.stringify(schema)), "application/schema+json");
    sendFile(request, response, await file);
  },
);
