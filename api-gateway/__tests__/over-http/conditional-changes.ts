import { beforeAll, describe, expect, it } from "vitest";
import { call, succeed } from "../support/call.js";
import { newOrganization } from "../support/callers-over-http.js";
import type { StartedApp } from "../support/started-app.js";

/** Changes of what was read compressed. */
export function conditionalChangesTests(app: () => StartedApp): void {
  let headers: Record<string, string>;

  beforeAll(async () => {
    headers = (await newOrganization(app().url, "conditional")).callers[0]!.headers;
    const fields = [{ name: "id", type: "integer" }];
    for (const name of ["leads", "customers"])
      await post("/workspace/entities", { name, fields, primaryKey: ["id"] });
  });

  const post = <T>(path: string, body: unknown): Promise<T> =>
    succeed<T>(app().url, { method: "POST", path: `/api/v1${path}`, headers, body });

  /** Long enough to be compressed. */
  const description = "All of them. ".repeat(150);
  const definition = {
    name: "Leads",
    description,
    source: { entity: "leads" },
    target: { entity: "customers" },
    naturalKey: ["id"],
    mappings: [{ target: "id", column: "id" }],
  };
  const model = { services: [{ name: "orders", port: 4001 }] };
  const things = [
    { what: "rule", path: "/conversion/rules", body: { definition } },
    { what: "project", path: "/projects", body: { name: "shop", description, model } },
  ];

  describe("If-Match", () => {
    it.each(things)("takes the tag of a $what that was read compressed, once", async ({ path, body }) => {
      const { id } = await post<{ id: string }>(path, body);
      const place = `/api/v1${path}/${id}`;
      const read = await call(app().url, {
        method: "GET",
        path: place,
        headers: { ...headers, "accept-encoding": "gzip" },
      });
      const tag = read.headers.get("etag")!;
      expect([read.headers.get("content-encoding"), tag.slice(0, 3)]).toEqual(["gzip", 'W/"']);
      const change = {
        method: "PUT",
        path: place,
        headers: { ...headers, "if-match": tag },
        body: changed(body),
      };
      expect((await call(app().url, change)).status).toBe(200);
      const again = await call(app().url, change);
      expect([again.status, again.json]).toMatchObject([412, { details: { reason: "precondition_failed" } }]);
    });
  });

  function changed(body: object): object {
    return "definition" in body
      ? { definition: { ...definition, name: "Changed" } }
      : { ...body, name: "changed" };
  }
}
