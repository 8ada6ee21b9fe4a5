import { describe, expect, it } from "vitest";
import { splitStatements } from "./split-statements.js";

describe("splitting SQL", () => {
  it("finds each statement and its place, whatever hides a semicolon", () => {
    const sql = `-- first; not here
SELECT ';' /* ; /* nested ; */ ; */ AS a;
SELECT E'\\'; ', "x;y";

/* ; */ CREATE FUNCTION f() RETURNS void AS $body$ BEGIN; PERFORM $$;$$; END $body$;
SELECT $1;`;
    const found = splitStatements(sql);
    expect(found.map(({ text }) => text.split("\n")[0])).toEqual([
      "SELECT ';' /* ; /* nested ; */ ; */ AS a",
      `SELECT E'\\'; ', "x;y"`,
      "CREATE FUNCTION f() RETURNS void AS $body$ BEGIN; PERFORM $$;$$; END $body$",
      "SELECT $1",
    ]);
    for (const { text, offset } of found) expect(sql.startsWith(text, offset)).toBe(true);
  });

  it("has nothing to say of blank text", () => {
    expect(splitStatements("  -- nothing\n ; ;; /* x */ ")).toEqual([]);
  });
});
