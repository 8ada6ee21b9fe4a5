import { z } from "zod";
import { projectModelSchema } from "./schema.js";

/** The JSON Schema (draft 2020-12) of a project model as it is written: for editors and other programs. */
export function projectModelJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(projectModelSchema, { io: "input", reused: "inline" });
  return {
    $schema,
    $id: "urn:axion:schema:project-model:1",
    title: "Axion project model",
    description:
      "A system of services. Unknown references, cycles of calls and collisions are told by `POST /api/v1/projects/check`.",
    ...schema,
  };
}
