import { APIError } from "encore.dev/api";
import { describe, expect, it } from "vitest";
import { collectParts, overviewPart } from "./part.js";

const projects = overviewPart("projects", { read: async () => ({ total: 3 }) });

describe("a part of the overview", () => {
  it("is noted as missing where its service fails, while the others are there", async () => {
    const failing = overviewPart("deadLetters", {
      read: async () => {
        throw APIError.unavailable("down");
      },
    });
    const overview = await collectParts([failing, projects], []);
    expect(overview.projects).toEqual({ total: 3 });
    expect(overview.deadLetters).toBeUndefined();
    expect(overview.notes).toMatchObject([{ part: "deadLetters", reason: "unavailable" }]);
  });

  it("is noted as missing where its service takes too long", async () => {
    const hanging = overviewPart("notifications", { read: () => new Promise(() => {}), timeoutMs: 20 });
    const { notes } = await collectParts([hanging, projects], []);
    expect(notes).toMatchObject([{ part: "notifications", reason: "timeout" }]);
  });

  it("is not read for a caller without the permission", async () => {
    let reads = 0;
    const part = overviewPart("dataSources", {
      permission: "schema:read",
      read: async () => ({ total: ++reads }),
    });
    expect((await collectParts([part], ["audit:view"])).notes).toMatchObject([
      { part: "dataSources", reason: "permission_missing" },
    ]);
    expect(reads).toBe(0);
    expect((await collectParts([part], ["schema:read"])).dataSources).toEqual({ total: 1 });
  });

  it("leaves a service alone that fails time after time, and asks again after a rest", async () => {
    let reads = 0;
    let isDown = true;
    const part = overviewPart("projects", {
      restMs: 1_000,
      read: async () => {
        reads++;
        if (isDown) throw new Error("down");
        return { total: 1 };
      },
    });
    for (let call = 0; call < 20; call++) await collectParts([part], []);
    expect(reads).toBe(5);
    isDown = false;
    await expect
      .poll(async () => (await collectParts([part], [])).projects, { timeout: 20_000 })
      .toEqual({ total: 1 });
  });

  it("does not count the caller's own mistakes as failures of the service", async () => {
    let reads = 0;
    const part = overviewPart("plan", {
      read: async () => {
        reads++;
        throw APIError.notFound("No such tenant.");
      },
    });
    for (let call = 0; call < 10; call++) await collectParts([part], []);
    expect(reads).toBe(10);
  });
});
