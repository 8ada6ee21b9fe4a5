import { bigint, integer, PgDialect, pgTable, text, timestamp, uuid } from "drizzle-orm/pg-core";
import { describe, expect, it } from "vitest";
import { encodeCursor } from "./cursor.js";
import { sortedPage } from "./sorted-page.js";

const things = pgTable("things", {
  id: uuid("id").primaryKey(),
  name: text("name").notNull(),
  createdAt: timestamp("created_at", { withTimezone: true }).notNull(),
});
const sorting = {
  fields: { name: things.name, createdAt: things.createdAt },
  byDefault: "-createdAt",
  id: things.id,
} as const;
const id = "6f1b7f5e-3c43-4a8e-9f0b-0a4f6f2d7c11";
const text_ = (part: Parameters<PgDialect["sqlToQuery"]>[0]) => new PgDialect().sqlToQuery(part);

describe("a sorted page", () => {
  it("is in the list's own order, or in the one that is asked for", () => {
    expect(text_(sortedPage({}, sorting).orderBy).sql).toBe('"things"."created_at" desc, "things"."id" desc');
    expect(text_(sortedPage({ sort: "name" }, sorting).orderBy).sql).toBe(
      '"things"."name" asc, "things"."id" asc',
    );
  });

  it("goes on after the row that its cursor names", () => {
    const row = { id, key: "Ada" };
    const first = sortedPage({ sort: "-name" }, sorting);
    expect(first.next([row], 1, (each) => each.id)).toEqual({});
    const { nextCursor: cursor } = first.next([row, { id: "beyond", key: "the page" }], 1, (each) => each.id);
    const { sql, params } = text_(sortedPage({ sort: "-name", cursor }, sorting).after!);
    expect(sql).toBe('("things"."name", "things"."id") < ($1::text, $2::uuid)');
    expect(params).toEqual(["Ada", id]);
  });

  it("takes numbers for its field, which may be what no two rows share", () => {
    const steps = pgTable("steps", {
      place: integer("place").notNull(),
      id: bigint("id", { mode: "number" }),
    });
    const byPlace = { fields: { place: steps.place }, byDefault: "place", id: steps.id } as const;
    const cursor = (key: string, id: string) => encodeCursor({ sort: "place", key, id });
    const page = sortedPage({ cursor: cursor("7", "9223372036854775807") }, byPlace);
    expect(text_(page.after!).sql).toBe('("steps"."place", "steps"."id") > ($1::integer, $2::bigint)');
    for (const other of [
      cursor("2147483648", "1"),
      cursor("1", "9223372036854775808"),
      cursor("1.5", "1"),
      cursor("", "1"),
    ])
      expect(() => sortedPage({ cursor: other }, byPlace)).toThrow("cursor: ");
  });

  it.each(["", "-", "id", "--name", "constructor", "name; drop table things"])(
    "is not sorted by %j",
    (sort) => {
      expect(() => sortedPage({ sort }, sorting)).toThrow(
        "sort: expected one of name, -name, createdAt, -createdAt.",
      );
    },
  );

  it.each([
    { sort: "name", key: "Ada", id },
    { sort: "-createdAt", key: "yesterday", id },
    { sort: "-createdAt", key: "99999999999999999999", id },
    { sort: "-createdAt", key: "9223372036854775807", id },
    { sort: "-createdAt", key: "1", id: "1" },
    { key: "1", id },
  ])("does not begin at %j", (place) => {
    expect(() => sortedPage({ cursor: encodeCursor(place as Record<string, string>) }, sorting)).toThrow(
      "cursor: ",
    );
  });
});
