import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { disagreement, type ParseCases, readCase } from "./parse-case.js";
import { PARSE_DIFFERENCES } from "./parse-differences.js";

const file = join(import.meta.dirname, "conformance", "parse-cases.json");
const { base, cases } = JSON.parse(readFileSync(file, "utf8")) as ParseCases;

describe("the reader agrees with the official parser", () => {
  it.each(cases)("$name", async (parseCase) => {
    const difference = disagreement(parseCase, await readCase(base, parseCase));
    if (parseCase.name in PARSE_DIFFERENCES)
      expect(difference, "the listed difference no longer applies").toBeDefined();
    else expect(difference).toBeUndefined();
  });

  it("lists no difference for a case that does not exist", () => {
    const names = new Set(cases.map((c) => c.name));
    expect(Object.keys(PARSE_DIFFERENCES).filter((name) => !names.has(name))).toEqual([]);
  });
});
