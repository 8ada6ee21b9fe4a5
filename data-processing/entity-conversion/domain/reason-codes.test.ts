import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { reasonCodes } from "./reason-codes.js";

it("explains every reason code in the documentation, in the same words", () => {
  const docs = readFileSync("docs/jobs.md", "utf8");
  for (const [code, meaning] of Object.entries(reasonCodes))
    expect(docs).toContain(`| \`${code}\` | ${meaning} |`);
});
