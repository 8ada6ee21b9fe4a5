import path from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { describe, expect, it } from "vitest";
import { loadApp } from "../../embedded/src/model/load-app.js";
import packageJson from "../../package.json" with { type: "json" };
import { describeApi } from "../openapi/describe-api.js";
import type { Schema } from "../openapi/document.js";

const namespace = "entity_conversion.";

/** The schema of a file of rules by itself: what the API's description says of it, with all that it refers to. */
async function ruleFileSchema(): Promise<Record<string, unknown>> {
  const { model } = await loadApp({ appDir: path.resolve(import.meta.dirname, "../..") });
  const { components } = describeApi(model!, { version: packageJson.version, validator: () => () => true });
  const definitions: Record<string, Schema> = {};
  const waiting = [`${namespace}RuleFile`];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (name in definitions) continue;
    const text = JSON.stringify(components.schemas[name]);
    waiting.push(...[...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map((match) => match[1]!));
    const local = text.replaceAll(/"#\/components\/schemas\/[a-z_]+\.([^"]+)"/g, '"#/$defs/$1"');
    definitions[name] = JSON.parse(local) as Schema;
  }
  const { [`${namespace}RuleFile`]: file, ...others } = definitions;
  const named = Object.entries(others).map(([name, schema]) => [name.slice(name.indexOf(".") + 1), schema]);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: "urn:axion:schema:rules:1",
    title: "Axion conversion rules",
    ...file,
    $defs: Object.fromEntries(named.sort(([a], [b]) => ((a as string) < (b as string) ? -1 : 1))),
  };
}

describe("the JSON Schema of rules", () => {
  it("is up to date, renewed by `npm run generate`", async () => {
    const text = `${JSON.stringify(await ruleFileSchema(), null, 1)}\n`;
    await expect(text).toMatchFileSnapshot("../../docs/rules.schema.json");
  });

  it("tells a file of rules from what is none", async () => {
    const ajv = new Ajv2020({ strict: false });
    addFormats.default(ajv);
    const isValid = ajv.compile(await ruleFileSchema());
    const definition = {
      name: "Leads",
      source: { entity: "leads" },
      target: { dataSource: "crm", entity: "customers" },
      naturalKey: ["email"],
      mappings: [{ target: "email", expression: "lower(record.email)", onError: "null" }],
      related: [{ name: "account", entity: "accounts", naturalKey: ["name"], mappings: [] }],
      writeBack: [{ field: "customer", reference: "main" }],
    };
    const file = { format: "axion-rules", formatVersion: 1, rules: [{ state: "draft", definition }] };
    expect(isValid(file)).toBe(true);
    for (const wrong of [
      { ...file, format: "other" },
      { ...file, rules: [{ definition: { ...definition, mergePolicy: "merge" } }] },
      { ...file, rules: [{ definition: { ...definition, mappings: [{ column: "email" }] } }] },
    ])
      expect(isValid(wrong)).toBe(false);
  });
});
