import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type FileChange, planRegeneration, unresolvedConflicts } from "./plan-regeneration.js";

type Texts = Record<string, string>;

/** Plans for texts by path; `current` is what the project holds. */
function plan(
  base: Texts,
  current: Texts,
  next: Texts,
  ignored: string[] = [],
  paths: Texts = {},
): FileChange[] {
  return planRegeneration({
    base: new Map(Object.entries(base)),
    current: (path) => current[path],
    next: Object.entries(next).map(([path, text]) => ({ path, text })),
    ignored: (path) => ignored.includes(path),
    paths: new Map(Object.entries(paths)),
    words: new Map(),
  });
}

const outcomes = (changes: FileChange[]) => changes.map(({ path, outcome }) => `${path}: ${outcome}`);
const text = (...lines: string[]) => `${lines.join("\n")}\n`;

describe("generating again", () => {
  it("writes what is new, replaces what is as it was generated, and removes what is no longer wanted", () => {
    const changes = plan({ a: "1", b: "1", c: "1" }, { a: "1", b: "1", c: "1" }, { a: "2", b: "1", d: "1" });
    expect(outcomes(changes)).toEqual(["a: replaced", "b: unchanged", "c: removed", "d: created"]);
  });

  it("merges a person's lines with new ones", () => {
    const base = text("a", "b", "c", "d", "e");
    const [change] = plan(
      { f: base },
      { f: text("a", "mine", "b", "c", "d", "e") },
      { f: text("a", "b", "c", "d", "new", "e") },
    );
    expect(change).toMatchObject({ outcome: "merged", text: text("a", "mine", "b", "c", "d", "new", "e") });
  });

  it("shows both sides of a conflict, and finds it again until it is resolved", () => {
    const [change] = plan({ f: "a\nb\n" }, { f: "a\nmine\n" }, { f: "a\ntheirs\n" });
    expect(change).toMatchObject({
      outcome: "conflict",
      text: "a\n<<<<<<< yours\nmine\n||||||| generated before\nb\n=======\ntheirs\n>>>>>>> generated now\n",
    });
    expect(unresolvedConflicts(["f"], () => change!.text)).toEqual(["f"]);
    expect(unresolvedConflicts(["f"], (path) => (path === "f" ? "a\nmine and theirs\n" : undefined))).toEqual(
      [],
    );
  });

  it("merges package.json by values, whatever lines they stand on", () => {
    const json = (dependencies: Texts) => JSON.stringify({ name: "x", dependencies }, null, 2);
    const [change] = plan(
      { "package.json": json({ hono: "1" }) },
      { "package.json": json({ hono: "1", lodash: "4" }) },
      { "package.json": json({ hono: "2", jose: "6" }) },
    );
    expect(change!.outcome).toBe("merged");
    expect(JSON.parse(change!.text!)).toEqual({
      name: "x",
      dependencies: { hono: "2", lodash: "4", jose: "6" },
    });
  });

  it("puts the new JSON beside a file whose values disagree", () => {
    const [change] = plan({ "a.json": '{"a":1}' }, { "a.json": '{"a":2}' }, { "a.json": '{"a":3}' });
    expect(change).toMatchObject({ outcome: "beside", text: '{"a":2}', beside: '{"a":3}' });
  });

  it("leaves alone what a person deleted, wrote first, edited or named in .axionignore", () => {
    const changes = plan(
      { deleted: "1", dropped: "1", ignored: "1", edited: "1" },
      { dropped: "mine", ignored: "mine", edited: "mine", first: "mine" },
      { deleted: "2", ignored: "2", edited: "1", first: "2" },
      ["ignored"],
    );
    expect(outcomes(changes)).toEqual([
      "deleted: stays-deleted",
      "dropped: left",
      "edited: unchanged",
      "first: beside",
      "ignored: ignored",
    ]);
    expect(changes.flatMap((change) => change.text ?? [])).toEqual([]);
  });

  it("moves a renamed file with a person's lines", () => {
    const base = text("a", "b", "c");
    const [change] = plan(
      { old: base },
      { old: text("mine", "a", "b", "c") },
      { new: text("a", "b", "C") },
      [],
      {
        old: "new",
      },
    );
    expect(change).toEqual({
      path: "new",
      from: "old",
      outcome: "merged",
      text: text("mine", "a", "b", "C"),
    });
  });

  it("keeps the line ends of Windows", () => {
    const [change] = plan(
      { f: "a\nb\nc\nd\n" },
      { f: "mine\r\na\r\nb\r\nc\r\nd\r\n" },
      { f: "a\nb\nc\nD\n" },
    );
    expect(change!.text).toBe("mine\r\na\r\nb\r\nc\r\nD\r\n");
    expect(outcomes(plan({ f: "a\n" }, { f: "a\r\n" }, { f: "a\n" }))).toEqual(["f: unchanged"]);
  });

  it("never loses a line that a person wrote, whatever both sides do", () => {
    const word = fc.constantFrom("a", "b", "c", "d", "}", "");
    const lines = fc.array(word, { maxLength: 12 });
    /** A person adds lines of their own and takes others away. */
    const edits = fc.array(fc.tuple(fc.nat(12), fc.boolean()), { maxLength: 6 });
    fc.assert(
      fc.property(
        lines,
        edits,
        lines,
        fc.constantFrom("f.ts", "f.json", "f.md"),
        (base, changes, next, path) => {
          const yours: string[] = [...base];
          const mine = changes.map(([at, remove], index) => {
            yours.splice(Math.min(at, yours.length), remove ? 1 : 0, `mine ${index}`);
            return `mine ${index}`;
          });
          const kept = mine.filter((line) => yours.includes(line));
          const before = yours.join("\n");
          const [change] = plan({ [path]: base.join("\n") }, { [path]: before }, { [path]: next.join("\n") });
          const after = (change!.text ?? before).split("\n");
          for (const line of kept) expect(after).toContain(line);
        },
      ),
      { seed: 20261121, numRuns: 3000 },
    );
  });
});
