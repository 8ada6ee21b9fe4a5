import { describe, expect, test } from "vitest";
import { compareNames } from "./names.js";
import { readName } from "./vocabulary.js";

const concepts = (name: string): string[] => readName(name).map(({ concept }) => concept);

const alike = (left: string, right: string): number =>
  compareNames([{ tokens: readName(left), table: [] }], [{ tokens: readName(right), table: [] }])[0]![0]!;

describe("names are read", () => {
  test.each([
    ["dateOfBirth", "DOB"],
    ["postal_code", "ZIP"],
    ["familiya", "last_name"],
    ["familija", "LastName"],
    ["data_rozhdeniya", "birth_date"],
    ["ДатаРождения", "birthday"],
    ["Kundennummer", "customer_no"],
    ["CUSTNO", "client_number"],
    ["客户名称", "customerName"],
    ["電話番号", "phone"],
    ["teléfono", "телефон"],
    ["createdon", "date_created"],
    ["e-mail", "email_address"],
  ])("%s as %s", (left, right) => {
    expect(concepts(left).sort()).toEqual(concepts(right).sort());
  });

  test("as their own words where the vocabulary has none", () => {
    expect(readName("zorblax_qty")).toEqual([
      { concept: "zorblax", written: "zorblax", known: false },
      { concept: "quantity", written: "qty", known: true },
    ]);
  });

  test("whatever they hold", () => {
    for (const name of ["", "__", "1", "the", "🙂", "x".repeat(5_000), "constructor"]) {
      expect(readName(name)).toBeInstanceOf(Array);
    }
  });
});

describe("names are alike", () => {
  test("less where they mean the opposite", () => {
    expect(alike("billing_city", "bill_to_city")).toBeGreaterThan(0.9);
    expect(alike("billing_city", "shipping_city")).toBeLessThan(0.5);
    expect(alike("start_date", "end_date")).toBeLessThan(0.5);
  });

  test("where one abbreviates the other", () => {
    expect(alike("rgstrtn", "regstration")).toBeGreaterThan(0.5);
  });

  test("not because known words of different meaning look alike", () => {
    expect(alike("state", "status")).toBeLessThan(0.3);
  });

  test("by near meanings", () => {
    expect(alike("title", "name")).toBeGreaterThan(0.6);
    expect(alike("colour", "latitude")).toBe(0);
  });
});
