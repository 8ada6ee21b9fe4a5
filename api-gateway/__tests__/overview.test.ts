import { describe, expect, it } from "vitest";
import { api_gateway } from "~encore/clients";
import { newCaller } from "../../shared/__tests__/callers.js";

describe("overview", () => {
  it("counts what the caller's tenant has, and nothing of another one", async () => {
    const owner = newCaller("project:create", "schema:read", "deadletter:manage", "audit:view");
    const model = { services: [{ name: "orders", port: 4001 }] };
    await api_gateway.createProject({ name: "shop", model }, { authData: owner });
    const overview = () => api_gateway.getOverview({ authData: owner });
    // On a busy machine the first connections may take longer than a part waits.
    await expect.poll(overview, { timeout: 20_000 }).toMatchObject({
      projects: { total: 1 },
      conversion: { rules: {}, jobs: {} },
      activity: { lastConversions: [], failures24h: 0 },
      deadLetters: { total: 0 },
      dataSources: { total: 0 },
      notifications: { unread: 0 },
    });
    const other = await api_gateway.getOverview({ authData: newCaller("schema:read") });
    expect(other.projects).toEqual({ total: 0 });
  });

  it("leaves out and names what the caller may not see", async () => {
    const { notes, ...overview } = await api_gateway.getOverview({ authData: newCaller() });
    expect(Object.keys(overview).sort()).toEqual(["generatedAt", "notifications"]);
    expect(notes.map(({ part, reason }) => [part, reason])).toEqual(
      ["conversion", "activity", "deadLetters", "dataSources", "projects", "plan"].map((part) => [
        part,
        "permission_missing",
      ]),
    );
  });
});
