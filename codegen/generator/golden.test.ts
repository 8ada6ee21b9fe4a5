import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { generateProject } from "./generate-project.js";
import { checkModel } from "./model/check-model.js";
import { parseModelText } from "./model/model-text.js";

const folder = path.join(import.meta.dirname, "../../examples/projects");
const models = readdirSync(folder).filter((name) => name.endsWith(".yaml"));

describe("the golden projects", () => {
  // A change that was meant is taken over by `npm run generate`; the list tells the reviewer which files it reached.
  it.each(models)("%s has the files that are known, to the byte", async (name) => {
    const parsed = parseModelText(readFileSync(path.join(folder, name), "utf8"));
    const { model, diagnostics } = checkModel(parsed.problems ? undefined : parsed.model);
    expect(diagnostics).toEqual([]);
    const lines = generateProject(model!).map(({ path: file, text }) => {
      const hash = createHash("sha256").update(text).digest("hex").slice(0, 16);
      return `${hash} ${file}\n`;
    });
    await expect(lines.join("")).toMatchFileSnapshot(path.join(folder, name.replace(/yaml$/, "files")));
  });
});
