import { describe, expect, it } from "vitest";
import { data_processing } from "~encore/clients";
import { allPages } from "../../shared/__tests__/all-pages.js";
import { newCaller } from "../../shared/__tests__/callers.js";
import { openWorkspace } from "../sources/open-source.js";
import { tenantSchema } from "../workspace/domain/tenant-schema.js";
import type { CreateWorkspaceEntityRequest } from "../workspace/types.js";

const entity: CreateWorkspaceEntityRequest = {
  name: "things",
  fields: [
    { name: "id", type: "integer" },
    { name: "name", type: "text", required: true },
    { name: "price", type: "numeric", precision: 30, scale: 10 },
    { name: "big", type: "bigint" },
    { name: "seen", type: "timestamptz" },
    { name: "extra", type: "jsonb" },
  ],
  primaryKey: ["id"],
};

describe("a workspace entity", () => {
  it("is made once; another definition under its name is refused", async () => {
    const authData = newCaller();
    expect((await data_processing.createWorkspaceEntity(entity, { authData })).created).toBe(true);
    expect((await data_processing.createWorkspaceEntity(entity, { authData })).created).toBe(false);
    const other = { ...entity, fields: entity.fields.slice(0, 3) };
    await expect(data_processing.createWorkspaceEntity(other, { authData })).rejects.toMatchObject({
      code: "already_exists",
    });
    expect((await data_processing.listWorkspaceEntities({}, { authData })).entities).toEqual([entity]);
  });

  it("is refused where a name or a type is not plain", async () => {
    const authData = newCaller();
    const bad: Partial<CreateWorkspaceEntityRequest>[] = [
      { name: 'x"; DROP TABLE y; --' },
      { name: "1x" },
      { fields: [{ name: "a b", type: "text" }], primaryKey: ["a b"] },
      {
        fields: [
          { name: "a", type: "text" },
          { name: "a", type: "text" },
        ],
      },
      { fields: [{ name: "a", type: "numeric", precision: 2, scale: 3 }], primaryKey: ["a"] },
      { primaryKey: ["missing"] },
      { primaryKey: [] },
    ];
    for (const change of bad) {
      const made = data_processing.createWorkspaceEntity({ ...entity, ...change }, { authData });
      await expect(made).rejects.toMatchObject({ code: "invalid_argument" });
    }
  });

  it("keeps values exactly, page by page and by filter", async () => {
    const authData = newCaller();
    await data_processing.createWorkspaceEntity(entity, { authData });
    const records = Array.from({ length: 25 }, (_, id) => ({
      id,
      name: `thing ${id}`,
      price: `1234567890123456789.${id}`,
      big: "9007199254740993",
      extra: { list: [id, null] },
    }));
    expect(await data_processing.loadRecords({ entity: "things", records }, { authData })).toEqual({
      inserted: 25,
      updated: 0,
      unchanged: 0,
    });
    const again = records.map((record) => ({ ...record, name: record.id < 5 ? "new" : record.name }));
    expect(await data_processing.loadRecords({ entity: "things", records: again }, { authData })).toEqual({
      inserted: 0,
      updated: 5,
      unchanged: 20,
    });
    const record = await data_processing.getRecord({ entity: "things", recordId: "7" }, { authData });
    expect(record.fields).toMatchObject({
      price: "1234567890123456789.7000000000",
      big: "9007199254740993",
      extra: { list: [7, null] },
    });
    const ids: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await data_processing.listRecords(
        { entity: "things", filter: "record.id % 2 == 0", limit: 4, cursor },
        { authData },
      );
      ids.push(...page.records.map((found) => found.recordId));
      cursor = page.nextCursor;
    } while (cursor);
    expect(ids).toEqual(Array.from({ length: 13 }, (_, at) => String(at * 2)));
    const bad = data_processing.listRecords({ entity: "things", filter: "record.nope == 1" }, { authData });
    await expect(bad).rejects.toMatchObject({
      code: "invalid_argument",
      message: expect.stringContaining("line 1, column 1"),
    });
  });

  it("has its records sorted by what an index holds, both ways, page by page", async () => {
    const authData = newCaller();
    const places: CreateWorkspaceEntityRequest = {
      name: "places",
      fields: [
        { name: "country", type: "text" },
        { name: "number", type: "integer" },
        { name: "code", type: "text", required: true, unique: true },
        { name: "nickname", type: "text", unique: true },
      ],
      primaryKey: ["country", "number"],
    };
    await data_processing.createWorkspaceEntity(places, { authData });
    const records = ["d", "b", "e", "a", "c"].map((code, at) => ({
      country: at < 3 ? "DE" : "FR",
      number: 10 - at,
      code,
    }));
    await data_processing.loadRecords({ entity: "places", records }, { authData });
    const codes = (sort?: string) =>
      allPages(async (page) => {
        const request = { entity: "places", sort, filter: 'record.code != "c"', ...page };
        const found = await data_processing.listRecords(request, { authData });
        return { items: found.records.map(({ fields }) => fields.code), nextCursor: found.nextCursor };
      });
    expect([await codes(), await codes("country"), await codes("-country")]).toEqual([
      ["e", "b", "d", "a"],
      ["e", "b", "d", "a"],
      ["a", "d", "b", "e"],
    ]);
    expect([await codes("code"), await codes("-code")]).toEqual([
      ["a", "b", "d", "e"],
      ["e", "d", "b", "a"],
    ]);
    for (const sort of ["number", "nickname", "nothing"])
      await expect(codes(sort)).rejects.toMatchObject({
        code: "invalid_argument",
        message: "sort: expected one of country, -country, code, -code.",
      });
    const { nextCursor: cursor } = await data_processing.listRecords(
      { entity: "places", sort: "code", limit: 1 },
      { authData },
    );
    await expect(
      data_processing.listRecords({ entity: "places", cursor }, { authData }),
    ).rejects.toMatchObject({ code: "invalid_argument" });
    const stranger = { authData: newCaller() };
    await expect(
      data_processing.listRecords({ entity: "places", sort: "code" }, stranger),
    ).rejects.toMatchObject({ code: "not_found" });
  });

  it("takes all records of a request or none, and names the first that is wrong", async () => {
    const authData = newCaller();
    await data_processing.createWorkspaceEntity(entity, { authData });
    const good = (id: number) => ({ id, name: "x" });
    const load = (records: Parameters<typeof data_processing.loadRecords>[0]["records"]) =>
      data_processing.loadRecords({ entity: "things", records }, { authData });
    const wrong = (index: number) => ({ code: "invalid_argument", details: { reason: "bad_record", index } });
    await expect(load([good(1), good(2), { id: 3 }, good(4)])).rejects.toMatchObject(wrong(2));
    await expect(load([good(1), { id: 2, name: "x", big: "much" }])).rejects.toMatchObject(wrong(1));
    await expect(load([good(1), { ...good(2), nope: 1 }])).rejects.toMatchObject(wrong(1));
    await expect(load([good(1), good(1)])).rejects.toMatchObject(wrong(1));
    expect((await data_processing.listRecords({ entity: "things" }, { authData })).records).toEqual([]);
  });

  it("is not there for another tenant, not even for SQL", async () => {
    const [owner, stranger] = [newCaller(), newCaller()];
    await data_processing.createWorkspaceEntity(entity, { authData: owner });
    await data_processing.loadRecords(
      { entity: "things", records: [{ id: 1, name: "mine" }] },
      { authData: owner },
    );
    for (const name of ["things", `${tenantSchema(owner.tenantId)}.things`]) {
      const missing = { code: "not_found" };
      await expect(
        data_processing.listRecords({ entity: name }, { authData: stranger }),
      ).rejects.toMatchObject(missing);
      await expect(
        data_processing.analyzeEntity({ entityType: name }, { authData: stranger }),
      ).rejects.toMatchObject(missing);
    }
    expect((await data_processing.listEntities({}, { authData: stranger })).entities).toEqual([]);
    const table = `"${tenantSchema(owner.tenantId)}".things`;
    const seen = await openWorkspace(stranger.tenantId).begin((tx) =>
      tx.unsafe(`SELECT * FROM ${table}`).execute(),
    );
    expect(seen).toHaveLength(0);
  });

  it("has the schema's name that the database computes", async () => {
    for (const tenantId of ["demo", "Ünïcode tenant", "x".repeat(60), newCaller().tenantId]) {
      const rows = await openWorkspace(tenantId).begin((tx) =>
        tx<{ name: string }[]>`SELECT axion.tenant_schema(${tenantId}) AS name`.execute(),
      );
      expect(rows[0]?.name).toBe(tenantSchema(tenantId));
    }
  });
});

describe("discovery", () => {
  it("reads fields, keys and types, and answers from the cache until asked to refresh", async () => {
    const authData = newCaller();
    await data_processing.createWorkspaceEntity(entity, { authData });
    const schema = await data_processing.analyzeEntity({ entityType: "things" }, { authData });
    expect(schema.fields.map((field) => [field.name, field.dataType, field.kind, field.nullable])).toEqual([
      ["id", "integer", "int", false],
      ["name", "text", "string", false],
      ["price", "numeric(30,10)", "double", true],
      ["big", "bigint", "int", true],
      ["seen", "timestamp with time zone", "timestamp", true],
      ["extra", "jsonb", "other", true],
    ]);
    expect(schema.uniqueKeys).toEqual([{ name: "things_pkey", primary: true, fields: ["id"] }]);
    const cached = await data_processing.analyzeEntity({ entityType: "things" }, { authData });
    expect(cached.lastAnalyzed).toEqual(schema.lastAnalyzed);
    const fresh = await data_processing.analyzeEntity({ entityType: "things", refresh: true }, { authData });
    expect(fresh.lastAnalyzed.getTime()).toBeGreaterThan(schema.lastAnalyzed.getTime());
    expect(fresh.fingerprint).toBe(schema.fingerprint);
  });

  it("lists and searches entities by pages", async () => {
    const authData = newCaller();
    for (const name of ["alpha", "beta", "gamma"])
      await data_processing.createWorkspaceEntity({ ...entity, name }, { authData });
    const first = await data_processing.listEntities({ limit: 2 }, { authData });
    const second = await data_processing.listEntities({ limit: 2, cursor: first.nextCursor }, { authData });
    expect([...first.entities, ...second.entities].map((found) => found.entityType)).toEqual([
      "alpha",
      "beta",
      "gamma",
    ]);
    expect(
      (await data_processing.listEntities({ search: "ET" }, { authData })).entities.map(
        (found) => found.entityType,
      ),
    ).toEqual(["beta"]);
  });
});
