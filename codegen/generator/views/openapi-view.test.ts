import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { Validator } from "@seriousme/openapi-schema-validator";
import { describe, expect, it } from "vitest";
import { checkModel } from "../model/check-model.js";
import { parseModelText } from "../model/model-text.js";
import { openapiDocument } from "./openapi-view.js";

const folder = path.join(import.meta.dirname, "../../../examples/projects");
const models = readdirSync(folder).filter((name) => name.endsWith(".yaml"));

const validator = new Validator();

describe("the OpenAPI documents of services", () => {
  it.each(models)(
    "of %s are valid, and refer to nothing that they lack",
    { timeout: 60_000 },
    async (name) => {
      const parsed = parseModelText(readFileSync(path.join(folder, name), "utf8"));
      const { model } = checkModel(parsed.problems ? undefined : parsed.model);
      expect(model).toBeDefined();
      for (const service of model!.services) {
        const document = JSON.parse(JSON.stringify(openapiDocument(model!, service))) as Record<
          string,
          unknown
        >;
        expect(await validator.validate(document), service.name).toMatchObject({ valid: true });
        expect(validator.version).toBe("3.1");
        expect(JSON.stringify(validator.resolveRefs())).not.toContain('"$ref"');
      }
    },
  );

  it("would be found out: a parameter without a place is not valid", async () => {
    const document = {
      openapi: "3.1.0",
      info: { title: "trial", version: "1" },
      paths: { "/things": { get: { parameters: [{ name: "limit" }], responses: {} } } },
    };
    expect(await validator.validate(document)).toMatchObject({ valid: false });
  });
});
