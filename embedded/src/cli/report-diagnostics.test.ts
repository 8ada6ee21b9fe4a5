import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { formatDiagnostics } from "./report-diagnostics.js";

test("shows place, line of code, mark and fix, and counts", () => {
  const dir = mkdtempSync(join(tmpdir(), "axion-report-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  writeFileSync(join(dir, "a.ts"), "one\n\tconst x = 1;\n");
  const text = formatDiagnostics(
    [
      {
        severity: "error",
        code: "bad",
        message: "wrong",
        fix: "do this",
        place: { file: "a.ts", line: 2, column: 8 },
      },
      {
        severity: "warning",
        code: "odd",
        message: "strange",
        place: { file: "gone.ts", line: 1, column: 1 },
      },
    ],
    dir,
  );
  expect(stripVTControlCharacters(text)).toBe(
    [
      "a.ts:2:8 error: wrong [bad]",
      "  2 | \tconst x = 1;",
      "    | \t      ^",
      "  fix: do this",
      "",
      "gone.ts:1:1 warning: strange [odd]",
      "",
      "1 error, 1 warning",
    ].join("\n"),
  );
});
