import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { tenant_management } from "~encore/clients";
import { newCaller } from "../../shared/__tests__/callers.js";
import { withTenant } from "../../shared/tenancy/with-tenant.js";
import { connectionString, db } from "../db.js";

const url = "postgres://ada:hunter2@db.example.com:6000/crm?sslmode=require";

async function withSource(name = "crm", address = url) {
  const authData = newCaller("source:manage");
  const { tenantId } = authData;
  const source = await tenant_management.createDataSource({ tenantId, name, url: address }, { authData });
  return { authData, tenantId, source };
}

describe("data sources", () => {
  it("show where they lead and never the password", async () => {
    const { authData, tenantId, source } = await withSource();
    expect(source).toMatchObject({
      name: "crm",
      host: "db.example.com",
      port: 6000,
      database: "crm",
      user: "ada",
    });
    const listed = await tenant_management.listDataSources({ tenantId }, { authData });
    expect(listed.dataSources).toEqual([source]);
    expect(JSON.stringify(listed)).not.toContain("hunter2");
  });

  it("are kept encrypted and opened for the services that connect", async () => {
    const { authData, tenantId, source } = await withSource();
    const rows = await withTenant(db, tenantId, (tx) =>
      tx.execute(sql`select t::text as row from data_sources t`),
    );
    expect(JSON.stringify(rows)).not.toContain("hunter2");
    for (const named of ["crm", source.id]) {
      const resolved = await tenant_management.resolveDataSource({ source: named }, { authData });
      expect(resolved).toMatchObject({ id: source.id, name: "crm", url: url.split("?")[0], tls: "require" });
    }
  });

  it("can be renamed and pointed elsewhere", async () => {
    const { authData, tenantId, source } = await withSource();
    const moved = url.replace("6000", "6001");
    await tenant_management.updateDataSource(
      { tenantId, source: "crm", name: "crm2", url: moved },
      { authData },
    );
    const resolved = await tenant_management.resolveDataSource({ source: "crm2" }, { authData });
    expect(resolved).toMatchObject({ id: source.id, name: "crm2", url: moved.split("?")[0] });
  });

  it("are gone once removed", async () => {
    const { authData, tenantId, source } = await withSource();
    await tenant_management.deleteDataSource({ tenantId, source: source.id }, { authData });
    const reading = tenant_management.getDataSource({ tenantId, source: "crm" }, { authData });
    await expect(reading).rejects.toMatchObject({
      code: "not_found",
      details: { reason: "unknown_data_source" },
    });
  });

  it("need a name of their own in the tenant", async () => {
    const { authData, tenantId } = await withSource();
    const again = tenant_management.createDataSource({ tenantId, name: "crm", url }, { authData });
    await expect(again).rejects.toMatchObject({ code: "already_exists" });
  });

  it.each(["workspace", "CRM", "1crm", ""])("refuse the name %j", async (name) => {
    await expect(withSource(name)).rejects.toMatchObject({ code: "invalid_argument" });
  });

  it("say that they can be reached, or why not", async () => {
    const reachable = await withSource("here", connectionString);
    const answer = await tenant_management.testDataSource({ ...reachable, source: "here" }, reachable);
    expect(answer).toMatchObject({ reachable: true, serverVersion: expect.stringMatching(/^\d+/) });
    const refused = await withSource("nobody", "postgres://ada:hunter2@127.0.0.1:1/none");
    const failure = await tenant_management.testDataSource({ ...refused, source: "nobody" }, refused);
    expect(failure).toMatchObject({ reachable: false, problems: [{ code: "connection_refused" }] });
    expect(JSON.stringify(failure)).not.toContain("hunter2");
  });

  it("of one tenant do not exist for another", async () => {
    const { tenantId, source } = await withSource();
    const authData = newCaller("source:manage");
    const own = authData.tenantId;
    const attempts = [
      () => tenant_management.listDataSources({ tenantId }, { authData }),
      () => tenant_management.getDataSource({ tenantId, source: source.id }, { authData }),
      () => tenant_management.getDataSource({ tenantId: own, source: source.id }, { authData }),
      () =>
        tenant_management.updateDataSource({ tenantId: own, source: source.id, name: "mine" }, { authData }),
      () => tenant_management.deleteDataSource({ tenantId: own, source: source.id }, { authData }),
      () => tenant_management.testDataSource({ tenantId: own, source: source.id }, { authData }),
      () => tenant_management.resolveDataSource({ source: source.id }, { authData }),
      () => tenant_management.resolveDataSource({ source: "crm" }, { authData }),
    ];
    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ code: "not_found" });
    expect(await tenant_management.listDataSources({ tenantId: own }, { authData })).toEqual({
      dataSources: [],
    });
  });

  it("are listed in pages", async () => {
    const { authData, tenantId } = await withSource();
    const url = "postgres://ada:hunter2@db.example.com/crm";
    for (const name of ["a", "b"]) {
      await tenant_management.createDataSource({ tenantId, name, url }, { authData });
    }
    const first = await tenant_management.listDataSources({ tenantId, limit: 2 }, { authData });
    expect(first.dataSources.map(({ name }) => name)).toEqual(["a", "b"]);
    const rest = { tenantId, limit: 2, cursor: first.nextCursor };
    const second = await tenant_management.listDataSources(rest, { authData });
    expect(second).toMatchObject({ dataSources: [{ name: "crm" }] });
    expect(second.nextCursor).toBeUndefined();
  });

  it("are sorted by what is asked for, over pages", async () => {
    const { authData, tenantId } = await withSource();
    const url = "postgres://ada:hunter2@db.example.com/crm";
    for (const name of ["b", "a"]) {
      await tenant_management.createDataSource({ tenantId, name, url }, { authData });
    }
    await tenant_management.updateDataSource({ tenantId, source: "crm", readOnly: true }, { authData });
    const names = async (sort: string) => {
      const found: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await tenant_management.listDataSources(
          { tenantId, sort, limit: 1, cursor },
          { authData },
        );
        found.push(...page.dataSources.map(({ name }) => name));
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      return found.join();
    };
    expect(await names("-name")).toBe("crm,b,a");
    expect(await names("createdAt")).toBe("crm,b,a");
    expect(await names("-createdAt")).toBe("a,b,crm");
    expect(await names("-updatedAt")).toBe("crm,a,b");
    await expect(names("url")).rejects.toMatchObject({
      code: "invalid_argument",
      message: expect.stringContaining("name, -name, createdAt, -createdAt, updatedAt, -updatedAt"),
    });
  });

  it("cannot be read past the service either, without the tenant being set", async () => {
    const { tenantId } = await withSource();
    const bare = await db.execute(sql`select id from data_sources where tenant_id = ${tenantId}`);
    const foreign = await withTenant(db, randomUUID(), (tx) =>
      tx.execute(sql`select id from data_sources where tenant_id = ${tenantId}`),
    );
    expect([bare.length, foreign.length]).toEqual([0, 0]);
  });
});
