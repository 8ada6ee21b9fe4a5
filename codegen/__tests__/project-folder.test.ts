import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { main } from "../cli/main.js";
import { ProjectFolder } from "../cli/project-folder.js";
import { regenerate } from "../generator/merge/regenerate.js";
import { checkModel } from "../generator/model/check-model.js";

const scratch = mkdtempSync(path.join(tmpdir(), "axion-project-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

let folders = 0;
function newFolder(): string {
  const dir = path.join(scratch, String(++folders));
  mkdirSync(dir);
  return dir;
}

interface Shape {
  fields: string[];
  entity: string;
  renamedFrom?: string;
  operation: boolean;
}

const first: Shape = { fields: ["title"], entity: "Task", operation: true };

function modelOf({ fields, entity, renamedFrom, operation }: Shape): object {
  const given = {
    name: "trial",
    services: [
      {
        name: "main",
        port: 3001,
        entities: [{ name: entity, renamedFrom, fields: fields.map((name) => ({ name, type: "string" })) }],
        operations: operation ? [{ name: "ping", method: "GET" }] : [],
      },
    ],
  };
  return JSON.parse(JSON.stringify(given)) as object;
}

/** Generates as the command does: plans over what is there, and writes it. */
function generate(dir: string, shape: Shape): ReturnType<typeof regenerate> {
  const { model, diagnostics } = checkModel(modelOf(shape));
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  const folder = new ProjectFolder(dir);
  const regeneration = regenerate(model!, (name) => folder.read(name));
  folder.write(regeneration);
  return regeneration;
}

/** Texts of the project by path, without what it keeps of its generations. */
function texts(dir: string): Map<string, string> {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files
      .map((entry) => path.join(entry.parentPath, entry.name))
      .filter((file) => !file.startsWith(path.join(dir, ".axion")))
      .map((file) => [path.relative(dir, file), readFileSync(file, "utf8")]),
  );
}

describe("a project folder", () => {
  it("is the same after generating it again", () => {
    const dir = newFolder();
    generate(dir, first);
    const before = texts(dir);
    expect(before.size).toBeGreaterThan(20);
    expect(generate(dir, first).changes.every(({ outcome }) => outcome === "unchanged")).toBe(true);
    expect(texts(dir)).toEqual(before);
  });

  it("keeps every line of a person over any sequence of edits and changes of the model", () => {
    const edit = fc.record({
      kind: fc.constantFrom("add", "add", "add", "cut", "delete"),
      file: fc.nat(),
      line: fc.nat(),
    });
    const change = fc.constantFrom("field", "field", "rename", "operation");
    const step = fc.tuple(fc.array(edit, { maxLength: 4 }), change);
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 4 }), (steps) => {
        const dir = newFolder();
        let shape = first;
        generate(dir, shape);
        const mine = new Set<string>();
        for (const [edits, kind] of steps) {
          for (const each of edits) applyEdit(dir, each, mine);
          shape = changedShape(shape, kind);
          resolveConflicts(dir);
          generate(dir, shape);
          const all = [...texts(dir).values()].join("\n");
          for (const line of mine) expect(all, `${line} after ${kind}`).toContain(line);
        }
      }),
      { seed: 20261121, numRuns: 8 },
    );
  }, 120_000);

  it("is the old one or, once finished, the new one when the process is killed at any moment", async () => {
    const dir = newFolder();
    generate(dir, first);
    const before = texts(dir);
    const wanted = newFolder();
    const next = { ...first, fields: ["title", "note", "place"] };
    generate(wanted, first);
    generate(wanted, next);
    writeFileSync(path.join(dir, "model.json"), JSON.stringify(modelOf(next)));
    const bin = path.join(import.meta.dirname, "../../node_modules/.bin/axion");
    const args = ["project", "generate", "--dir", dir, "--model", path.join(dir, "model.json")];
    let finished = 0;
    for (let run = 0; run < 6; run++) {
      const child = spawn(process.execPath, [bin, ...args], { detached: true, stdio: "ignore" });
      const exited = new Promise((resolve) => child.once("exit", resolve));
      // Later with each run: from the start of the process to the end of its work.
      const staged = path.join(dir, ".axion/staged");
      for (let waited = 0; waited < 400 && !existsSync(staged) && child.exitCode === null; waited++)
        await delay(5);
      await delay(run * 4);
      try {
        process.kill(-child.pid!, "SIGKILL");
      } catch {
        // It had finished.
      }
      await exited;
      const folder = new ProjectFolder(dir);
      folder.finish();
      const now = texts(dir);
      now.delete("model.json");
      const isNew = now.get("services/main/src/schema.ts")?.includes("place") ?? false;
      expect(now).toEqual(isNew ? texts(wanted) : before);
      if (isNew) finished++;
    }
    await main(["generate", "--dir", dir, "--model", path.join(dir, "model.json"), "--json"]);
    const now = texts(dir);
    now.delete("model.json");
    expect(now).toEqual(texts(wanted));
    expect(finished).toBeLessThanOrEqual(6);
  }, 60_000);

  it("stays whole where the disk takes no more", () => {
    const dir = newFolder();
    generate(dir, first);
    const before = texts(dir);
    const { model } = checkModel(modelOf({ ...first, fields: ["title", "note"] }));
    const folder = new ProjectFolder(dir);
    const regeneration = regenerate(model!, (name) => folder.read(name));
    const broken = regeneration.state.length - 1;
    // A file name that no file system takes, in the middle of the work.
    const state = regeneration.state.toSpliced(broken, 0, {
      path: `.axion/base/${"x".repeat(300)}`,
      text: "",
    });
    expect(() => folder.write({ ...regeneration, state })).toThrow("ENAMETOOLONG");
    expect(new ProjectFolder(dir).finish()).toBe(false);
    expect(texts(dir)).toEqual(before);
  });

  it("is not left through links or names", () => {
    const dir = newFolder();
    const outside = newFolder();
    symlinkSync(outside, path.join(dir, "services"));
    expect(() => generate(dir, first)).toThrow("leads out of the project");
    expect(readdirSync(outside)).toEqual([]);
    expect(() => new ProjectFolder(dir).read("../secret")).toThrow("outside the project");
  });

  it("does not follow paths of a manifest that someone changed", () => {
    const dir = newFolder();
    generate(dir, first);
    const file = path.join(dir, ".axion/manifest.json");
    writeFileSync(file, readFileSync(file, "utf8").replace('"package.json"', '"../package.json"'));
    expect(() => generate(dir, first)).toThrow('files["../package.json"]');
  });
});

function changedShape(shape: Shape, kind: string): Shape {
  const { renamedFrom: _, ...kept } = shape;
  switch (kind) {
    case "field":
      return { ...kept, fields: [...kept.fields, `field${kept.fields.length}`] };
    case "rename":
      return { ...kept, entity: kept.entity === "Task" ? "Todo" : "Task", renamedFrom: kept.entity };
    default:
      return { ...kept, operation: !kept.operation };
  }
}

/** Adds a line of a person's own, cuts a line that is not theirs, or deletes a file without their lines. */
function applyEdit(
  dir: string,
  { kind, file, line }: { kind: string; file: number; line: number },
  mine: Set<string>,
): void {
  const files = [...texts(dir)].filter(([name]) => !name.endsWith(".json"));
  const [name, text] = files[file % files.length]!;
  const lines = text.split("\n");
  const at = line % lines.length;
  if (kind === "add") {
    const own = `// mine ${mine.size} `;
    mine.add(own);
    lines.splice(at, 0, own);
  } else if (kind === "cut") {
    if (!lines[at]!.startsWith("// mine ")) lines.splice(at, 1);
  } else if (![...mine].some((own) => text.includes(own))) {
    rmSync(path.join(dir, name));
    return;
  }
  writeFileSync(path.join(dir, name), lines.join("\n"));
}

/** Takes both sides of every conflict, as a person might. */
function resolveConflicts(dir: string): void {
  for (const [name, text] of texts(dir)) {
    if (name.endsWith(".new")) rmSync(path.join(dir, name));
    const lines = text.split("\n").filter((line) => !/^(<{7} |\|{7} |={7}$|>{7} )/.test(line));
    if (lines.length !== text.split("\n").length) writeFileSync(path.join(dir, name), lines.join("\n"));
  }
}
