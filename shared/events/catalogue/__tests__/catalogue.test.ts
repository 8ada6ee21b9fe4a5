import path from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { beforeAll, describe, expect, it } from "vitest";
import type { AppModel } from "../../../../embedded/src/model/app-model.js";
import { loadApp } from "../../../../embedded/src/model/load-app.js";
import { describeEvents } from "../generate/describe-events.js";
import { describeInMarkdown } from "../generate/describe-in-markdown.js";
import type { CataloguedEvent } from "../types.js";

const root = path.resolve(import.meta.dirname, "../../../..");

let model: AppModel;
let events: CataloguedEvent[];

beforeAll(async () => {
  model = (await loadApp({ appDir: root })).model!;
  events = describeEvents(model, root);
});

describe("the event catalogue, renewed by `npm run generate`", () => {
  it("is up to date", async () => {
    await expect(`${JSON.stringify({ events }, null, 1)}\n`).toMatchFileSnapshot("../catalogue.json");
  });

  it("has a page that is up to date", async () => {
    await expect(describeInMarkdown(events)).toMatchFileSnapshot("../../../../docs/events.md");
  });

  it("knows every topic, says what each event tells, and has a schema of it", () => {
    expect([...new Set(events.map(({ topic }) => topic))].sort()).toEqual(
      model.topics.map(({ name }) => name).sort(),
    );
    const ajv = new Ajv2020({ strict: false });
    for (const { topic, type, version, description, schema } of events) {
      const name = `${topic}/${type}/${version}`;
      expect(description, name).toMatch(/\S/);
      const required = Object.keys(schema.properties ?? {});
      expect(required, name).toContain("type");
      expect(ajv.validate(schema, { type: "something-else" }), name).toBe(false);
    }
  });

  it("names each version of a type once", () => {
    const names = events.map(({ topic, type, version }) => `${topic}/${type}/${version}`);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  });

  it("finds a producer and a consumer of every event", () => {
    const lone = events.filter(
      ({ producers, consumers }) => producers.length === 0 || consumers.length === 0,
    );
    expect(lone.map(({ type }) => type)).toEqual([]);
  });

  it("finds that every topic is kept", () => {
    const unkept = events.filter(
      ({ consumers }) => !consumers.some((consumer) => /\/keep-(events|dead-letters)$/.test(consumer)),
    );
    expect(unkept.map(({ topic }) => topic)).toEqual([]);
  });
});
