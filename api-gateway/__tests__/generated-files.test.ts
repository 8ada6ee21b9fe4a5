import path from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { beforeAll, describe, expect, it } from "vitest";
import type { AppModel } from "../../embedded/src/model/app-model.js";
import { loadApp } from "../../embedded/src/model/load-app.js";
import packageJson from "../../package.json" with { type: "json" };
import { clientOf, describeApi } from "../openapi/describe-api.js";
import type { OpenApiDocument, Operation, Schema } from "../openapi/document.js";
import type { IsValid } from "../openapi/examples/compose-example.js";

const root = path.resolve(import.meta.dirname, "../..");

/** Checks values against schemas that refer to the document's components. */
function validator(schemas: Record<string, Schema>): IsValid {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addFormat("decimal", true);
  ajv.addSchema({ $id: "api", components: { schemas } });
  const compiled = new WeakMap<Schema, ReturnType<typeof ajv.compile>>();
  return (schema, value) => {
    let check = compiled.get(schema);
    if (check === undefined) {
      check = ajv.compile(
        JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"api#/components/')) as Schema,
      );
      compiled.set(schema, check);
    }
    return check(value) === true;
  };
}

let model: AppModel;
let document: OpenApiDocument;
let operations: Operation[];

beforeAll(async () => {
  model = (await loadApp({ appDir: root })).model!;
  document = describeApi(model, { version: packageJson.version, validator });
  operations = Object.values(document.paths).flatMap((item) => Object.values(item));
});

describe("files generated from the application model, renewed by `npm run generate`", () => {
  it("has an API description that is up to date", async () => {
    await expect(`${JSON.stringify(document, null, 1)}\n`).toMatchFileSnapshot("../openapi/openapi.json");
  });

  it("has a client that is up to date", async () => {
    await expect(clientOf(model)).toMatchFileSnapshot("../../client/axion-client.ts");
  });
});

describe("the API description", () => {
  it("names every operation once", () => {
    const names = operations.map(({ operationId }) => operationId);
    expect(names.length).toBeGreaterThan(60);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  });

  it("gives every body an example, and each is valid", () => {
    const isValid = validator(document.components.schemas);
    const wrong: string[] = [];
    for (const { operationId, requestBody, responses } of operations) {
      const bodies = [requestBody, ...Object.values(responses)].flatMap((body) =>
        body && "content" in body ? Object.values(body.content ?? {}) : [],
      );
      for (const { schema, example } of bodies) {
        if (schema && (example === undefined || !isValid(schema, example as never))) {
          wrong.push(`${operationId}: ${JSON.stringify(example)}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it("says of every operation what it does, and in which area", () => {
    const areas = document.tags.map(({ name }) => name);
    for (const { operationId, summary, tags } of operations) {
      expect(summary, operationId).toMatch(/\S/);
      expect(areas, operationId).toEqual(expect.arrayContaining(tags));
    }
  });

  it("names the permission of each operation that asks for one", () => {
    const creating = operations.find(({ operationId }) => operationId === "createRule");
    expect(creating?.["x-permission"]).toEqual(["conversion:create"]);
    expect(creating?.description).toContain("`conversion:create`");
    expect(creating?.security).toEqual([{ session: [] }, { bearer: [] }, { apiKey: [] }]);
  });
});
