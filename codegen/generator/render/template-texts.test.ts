import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { expect, it } from "vitest";
import { formatTypeScript } from "./format.js";

const folder = join(import.meta.dirname, "../templates");

it("carries each template as text, renewed by `npm run generate`", async () => {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .toSorted();
  const texts = Object.fromEntries(
    names.map((name) => {
      const text = readFileSync(join(folder, name), "utf8");
      // What goes into projects as it is, is formatted as they are.
      return [name, name.endsWith(".ts") ? formatTypeScript(name, text) : text];
    }),
  );
  const module =
    "/** The templates by name, so that they go wherever the code goes. Made from `templates/` by `npm run generate`. */\n" +
    `export const templateTexts: Record<string, string> = ${JSON.stringify(texts, null, 1)};\n`;
  await expect(module).toMatchFileSnapshot("template-texts.ts");
});
