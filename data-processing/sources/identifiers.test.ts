import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatEntityName, parseEntityName, quoteIdentifier } from "./identifiers.js";

describe("entity names", () => {
  it("are read back as they were written, whatever they hold", () => {
    const name = fc.string({ minLength: 1, maxLength: 30 }).filter((text) => !text.includes("\0"));
    fc.assert(
      fc.property(name, name, (schema, table) => {
        const written = formatEntityName({ schema, table }, "public");
        expect(parseEntityName(written, "public")).toEqual({ schema, table });
      }),
    );
  });

  it("stand in the default schema where they name none", () => {
    expect(parseEntityName("orders", "public")).toEqual({ schema: "public", table: "orders" });
    expect(parseEntityName('sales."a.b"', "public")).toEqual({ schema: "sales", table: "a.b" });
  });

  it.each(["", "a.b.c", '"open', "a.", "x\0y"])("are refused where they are none: %j", (text) => {
    expect(() => parseEntityName(text, "public")).toThrow("is no entity name");
  });

  it("cannot break out of their quotes in SQL", () => {
    expect(quoteIdentifier('x"; DROP TABLE y; --')).toBe('"x""; DROP TABLE y; --"');
  });
});
