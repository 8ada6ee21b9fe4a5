import { describe, expect, it } from "vitest";
import type { AppModel, Diagnostic } from "../src/model/app-model.js";
import { readApp } from "../src/model/read-app.js";
import { EMPTY_APP, writeSampleApp } from "./sample-app.js";

const service = (name: string) =>
  `import { Service } from "encore.dev/service";\n\nexport default new Service("${name}");\n`;

async function read(files: Record<string, string>): Promise<{ model: AppModel; diagnostics: Diagnostic[] }> {
  using app = writeSampleApp({ ...EMPTY_APP, "svc/encore.service.ts": service("svc"), ...files });
  const { model, diagnostics } = await readApp(app.root);
  if (!model) throw new Error(JSON.stringify(diagnostics));
  return { model, diagnostics };
}

async function codes(files: Record<string, string>): Promise<string[]> {
  return (await read(files)).diagnostics.map((d) => d.code);
}

describe("the model", () => {
  it("keeps the doc comments of services, endpoints, fields, types and resources", async () => {
    const { model } = await read({
      "svc/encore.service.ts": `import { Service } from "encore.dev/service";
/** Keeps orders. */
export default new Service("svc");
`,
      "svc/api.ts": `import { api } from "encore.dev/api";
import { Topic } from "encore.dev/pubsub";

/** An order. */
interface Order {
  /** Its number. */
  id: number;
  // Not paid yet.
  // Or paid.
  open: boolean;
}

/** Orders, as they come. */
export const orders = new Topic<Order>("orders", {});

/**
 * Gives an order.
 * By its number.
 */
export const get = api({ method: "GET", path: "/orders/:id" }, async (_: { id: number }): Promise<Order> => {
  throw new Error("unused");
});
`,
    });
    expect(model.services[0]?.doc).toBe("Keeps orders.");
    expect(model.endpoints[0]?.doc).toBe("Gives an order.\nBy its number.");
    expect(model.topics[0]?.doc).toBe("Orders, as they come.");
    expect(model.types["svc/api.Order"]).toMatchObject({
      doc: "An order.",
      type: { kind: "object", fields: [{ doc: "Its number." }, { doc: "Not paid yet.\nOr paid." }] },
    });
  });

  it("names recursive types by reference and writes generic ones out", async () => {
    const { model } = await read({
      "svc/api.ts": `import { api } from "encore.dev/api";
interface Tree { name: string; children?: Tree[] }
interface Page<T> { items: T[]; next: string | null }
export const list = api({ method: "GET", path: "/trees" }, async (): Promise<Page<Tree>> => ({ items: [], next: null }));
`,
    });
    const tree = { kind: "ref", type: "svc/api.Tree" };
    const string = { kind: "basic", type: "string" };
    expect(model.endpoints[0]?.response).toEqual({
      kind: "object",
      fields: [
        { name: "items", optional: false, type: { kind: "array", element: tree } },
        {
          name: "next",
          optional: false,
          type: { kind: "union", members: [string, { kind: "basic", type: "null" }] },
        },
      ],
    });
    expect(model.types["svc/api.Tree"]?.type).toEqual({
      kind: "object",
      fields: [
        { name: "name", optional: false, type: string },
        { name: "children", optional: true, type: { kind: "array", element: tree } },
      ],
    });
  });

  it("states where fields travel, and what validates them", async () => {
    const { model } = await read({
      "svc/api.ts": `import { api, Header, Query, Cookie, HttpStatus } from "encore.dev/api";
import type { MaxLen, Min, MinLen } from "encore.dev/validate";
interface In {
  id: number & Min<1>;
  lang?: Header<"Accept-Language">;
  page?: Query<number>;
  session: Cookie<"sid">;
  name: string & MinLen<1> & MaxLen<9>;
}
interface Out { status: HttpStatus; tags: (string & MinLen<1>)[] }
export const put = api({ method: "PUT", path: "/things/:id" }, async (_: In): Promise<Out> => {
  throw new Error("unused");
});
`,
    });
    const fields = (name: string) => {
      const type = model.types[`svc/api.${name}`]?.type;
      return type?.kind === "object" ? Object.fromEntries(type.fields.map((f) => [f.name, f])) : {};
    };
    expect(model.endpoints[0]?.path[1]).toEqual({
      kind: "param",
      name: "id",
      type: "number",
      validation: { rule: "min", value: 1 },
    });
    expect(fields("In")).toMatchObject({
      lang: { optional: true, wire: { in: "header", name: "Accept-Language" } },
      page: { optional: true, wire: { in: "query", name: "page" }, type: { type: "number" } },
      session: { wire: { in: "cookie", name: "sid" } },
      name: {
        type: {
          validation: {
            rule: "and",
            of: [
              { rule: "minLen", value: 1 },
              { rule: "maxLen", value: 9 },
            ],
          },
        },
      },
    });
    expect(fields("Out")).toMatchObject({
      status: { wire: { in: "status" } },
      tags: { type: { kind: "array", element: { validation: { rule: "minLen", value: 1 } } } },
    });
  });

  it("records who publishes, calls and uses what", async () => {
    const { model } = await read({
      "shared/things.ts": `import { Topic } from "encore.dev/pubsub";
import { Bucket } from "encore.dev/storage/objects";
import { SQLDatabase } from "encore.dev/storage/sqldb";
export const topic = new Topic<{ id: string }>("things", {});
export const files = new Bucket("files");
export const db = new SQLDatabase("things");
`,
      "other/encore.service.ts": service("other-one"),
      "other/api.ts": `import { api } from "encore.dev/api";
export const ping = api({}, async (): Promise<void> => {});
`,
      "svc/api.ts": `import { api } from "encore.dev/api";
import { other_one } from "~encore/clients";
import { db, files, topic } from "../shared/things";
export const go = api({}, async (): Promise<void> => {
  await topic.publish({ id: "x" });
  await files.remove("x");
  await db.exec\`SELECT 1\`;
  await other_one.ping();
});
`,
    });
    expect(model.topics[0]?.publishers).toEqual(["svc"]);
    expect(model.buckets[0]?.users).toEqual(["svc"]);
    expect(model.databases[0]?.users).toEqual(["svc"]);
    expect(model.calls).toEqual([{ from: "svc", to: "other-one", endpoint: "ping" }]);
    expect(model.endpoints.map((e) => e.rawPath)).toContain("/svc.go");
  });
});

describe("warnings", () => {
  const api = 'import { api } from "encore.dev/api";\n';
  const topics = `import { Topic } from "encore.dev/pubsub";
export const made = new Topic<{ id: string }>("made", {});
`;

  it("names a resource that is reached through a namespace of another module, and follows it", async () => {
    const { model, diagnostics } = await read({
      "shared/topics.ts": topics,
      "shared/index.ts": 'export * from "./topics";\n',
      "svc/api.ts": `${api}import * as shared from "../shared";
export const go = api({}, async (): Promise<void> => void (await shared.made.publish({ id: "x" })));
`,
    });
    expect(diagnostics).toMatchObject([
      { code: "resource-indirect", place: { file: "svc/api.ts", line: 3 } },
    ]);
    expect(model.topics[0]?.publishers).toEqual(["svc"]);
  });

  it("names an endpoint of another service that is called as a plain function", async () => {
    const found = await codes({
      "other/encore.service.ts": service("other"),
      "other/api.ts": `${api}export const ping = api({}, async (): Promise<void> => {});\n`,
      "svc/api.ts": `${api}import { ping } from "../other/api";
export const go = api({}, async (): Promise<void> => ping());
`,
    });
    expect(found).toEqual(["endpoint-called-directly"]);
  });

  it("names a constructor that is handed on as a value", async () => {
    const found = await codes({
      "svc/api.ts": `${api}const endpoint = api;
export const go = endpoint({}, async (): Promise<void> => {});
`,
    });
    expect(found).toEqual(["resource-hidden"]);
  });

  it("names resources in files that are not read", async () => {
    const found = await codes({
      "svc/api.tsx": `${api}export const go = api({}, async (): Promise<void> => {});\n`,
    });
    expect(found).toEqual(["resource-hidden"]);
  });

  it("names declarations of which only the first block is read", async () => {
    const found = await codes({
      "svc/api.ts": `${api}interface Body { a: string }
interface Body { b: string }
export const go = api({}, async (_: Body): Promise<void> => {});
`,
    });
    expect(found).toEqual(["declaration-merged"]);
  });
});

describe("problems", () => {
  it("are all reported at once, each with its place and a fix", async () => {
    using app = writeSampleApp({
      ...EMPTY_APP,
      "svc/encore.service.ts": service("svc"),
      "svc/api.ts": `import { api } from "encore.dev/api";
import { gone } from "./gone";
interface Body { at: [number, number]; by: Unknown }
const path = "/a";
export const one = api({ path }, async (): Promise<void> => {});
export const two = api({ path: "/two" }, async (_: Body): Promise<string> => gone);
`,
    });
    const { model, diagnostics } = await readApp(app.root);
    expect(model).toBeUndefined();
    expect(diagnostics.map((d) => [d.code, d.place?.line])).toEqual([
      ["import-not-found", 2],
      ["type-unknown", 3],
      ["config-not-literal", 5],
      ["type-unsupported", 6],
      ["type-not-interface", 6],
    ]);
    expect(diagnostics.filter((d) => !d.fix)).toEqual([]);
  });

  it("do not stop the reader on types without end", async () => {
    using app = writeSampleApp({
      ...EMPTY_APP,
      "svc/encore.service.ts": service("svc"),
      "svc/api.ts": `import { api } from "encore.dev/api";
type Wide<T> = { a: Wide<[T]>; b: Wide<T[]>; c: Wide<{ t: T }>; d: Wide<T | null> };
type Self = Self;
interface Loop extends Loop { a: string }
export const one = api({ path: "/one" }, async (_: { v: Wide<string> }): Promise<void> => {});
export const two = api({ path: "/two" }, async (_: { v: Self }): Promise<void> => {});
export const three = api({ path: "/three" }, async (_: Loop): Promise<void> => {});
`,
    });
    const { diagnostics } = await readApp(app.root);
    expect(diagnostics.some((d) => d.code === "type-endless" && d.place?.line === 5)).toBe(true);
    expect(diagnostics.some((d) => d.code === "type-circular")).toBe(true);
  });
});
