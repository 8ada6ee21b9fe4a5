import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import type { GeneratedFile } from "../generator/generated-file.js";
import { STATE_FOLDER } from "../generator/merge/project-state.js";
import type { Regeneration } from "../generator/merge/regenerate.js";

/** Where new texts wait until all of them are on the disk: `staged/0` is the first that is to be written. */
const STAGED = `${STATE_FOLDER}/staged`;
/** What is to be done with them; while it is there, the generation is decided and not yet finished. */
const PENDING = `${STATE_FOLDER}/pending.json`;

interface Pending {
  /** Paths whose text waits in the staging folder, in its order. */
  write: string[];
  remove: string[];
}

/** A generated project on this machine's disk. */
export class ProjectFolder {
  readonly dir: string;
  /** Folders that were looked at since the last change: whether they are there. They lead to no place outside. */
  private readonly folders = new Map<string, boolean>();

  constructor(dir: string) {
    this.dir = path.resolve(dir);
  }

  /** Text of a file of the project; undefined where there is none. Throws where the path leads out of the folder. */
  read(name: string): string | undefined {
    const file = this.resolve(name);
    if (!this.isFolder(path.dirname(file))) return undefined;
    try {
      return readFileSync(file, "utf8");
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === "ENOENT" || code === "ENOTDIR" || code === "EISDIR") return undefined;
      throw error;
    }
  }

  /**
   * Writes a regeneration: all of it or nothing. The texts are staged first, so that a full disk or a kill leaves the
   * old state whole; then one file decides, and from there only renames are left, which `finish` makes up for.
   */
  write({ changes, state }: Regeneration): void {
    this.finish();
    const files: GeneratedFile[] = [
      ...changes.flatMap(({ path: name, text, executable }) =>
        text === undefined ? [] : [{ path: name, text, ...(executable ? { executable } : {}) }],
      ),
      ...changes.flatMap(({ path: name, beside }) =>
        beside === undefined ? [] : [{ path: `${name}.new`, text: beside }],
      ),
      ...state,
    ];
    const changed = files.filter(({ path: name, text }) => this.read(name) !== text);
    const kept = new Set(files.map(({ path: name }) => name));
    const moved = changes.flatMap(({ from }) => (from === undefined ? [] : [from]));
    const removed = changes.filter(({ outcome }) => outcome === "removed").map(({ path: name }) => name);
    const pending: Pending = {
      write: changed.map(({ path: name }) => name),
      remove: [...moved, ...removed, ...this.oldBases(kept)].filter((name) => !kept.has(name)),
    };
    this.remove(STAGED);
    const staged = this.resolve(STAGED);
    this.makeFolder(staged);
    for (const [index, { text, executable }] of changed.entries())
      writeFileSync(path.join(staged, String(index)), text, { mode: executable ? 0o755 : 0o644 });
    writeFileSync(this.resolve(`${PENDING}.part`), JSON.stringify(pending));
    renameSync(this.resolve(`${PENDING}.part`), this.resolve(PENDING));
    this.finish();
  }

  /** Finishes a generation that was decided and then interrupted. Returns whether there was one. */
  finish(): boolean {
    this.folders.clear();
    const text = this.read(PENDING);
    if (text === undefined) return false;
    const { write, remove } = JSON.parse(text) as Pending;
    const folder = this.resolve(STAGED);
    // What is no longer staged is in its place already.
    const staged = new Set(this.isFolder(folder) ? readdirSync(folder) : []);
    for (const [index, name] of write.entries()) {
      if (!staged.has(String(index))) continue;
      const file = this.resolve(name);
      this.makeFolder(path.dirname(file));
      renameSync(path.join(folder, String(index)), file);
    }
    for (const name of remove) this.remove(name);
    this.remove(PENDING);
    this.remove(STAGED);
    return true;
  }

  /** Files of the kept state that the new state does not have. */
  private oldBases(kept: ReadonlySet<string>): string[] {
    const folder = `${STATE_FOLDER}/base`;
    if (!existsSync(this.resolve(folder))) return [];
    return readdirSync(this.resolve(folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) =>
        path.relative(this.dir, path.join(entry.parentPath, entry.name)).split(path.sep).join("/"),
      )
      .filter((name) => !kept.has(name));
  }

  /** Removes a file or folder, and the folders above it that are empty then. */
  private remove(name: string): void {
    const file = this.resolve(name);
    this.folders.clear();
    rmSync(file, { recursive: true, force: true });
    for (let dir = path.dirname(file); dir !== this.dir; dir = path.dirname(dir)) {
      try {
        rmdirSync(dir);
      } catch {
        return;
      }
    }
  }

  private makeFolder(dir: string): void {
    if (this.isFolder(dir)) return;
    mkdirSync(dir, { recursive: true });
    for (let made = dir; made !== this.dir; made = path.dirname(made)) this.folders.set(made, true);
  }

  /** The file of a path, which must not lead out of the project, neither by its name nor through links. */
  private resolve(name: string): string {
    const file = path.resolve(this.dir, name);
    if (!file.startsWith(`${this.dir}${path.sep}`)) throw new Error(`${name} is outside the project.`);
    if (this.isFolder(path.dirname(file)) && lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink())
      this.requireInside(file);
    return file;
  }

  /** Whether a path inside the project is a folder. Throws where it leads out of it through a link. */
  private isFolder(dir: string): boolean {
    if (dir === this.dir) return true;
    const known = this.folders.get(dir);
    if (known !== undefined) return known;
    const entry = this.isFolder(path.dirname(dir)) ? lstatSync(dir, { throwIfNoEntry: false }) : undefined;
    if (entry?.isSymbolicLink()) this.requireInside(dir);
    const is = entry !== undefined && statSync(dir).isDirectory();
    this.folders.set(dir, is);
    return is;
  }

  private requireInside(link: string): void {
    const real = realpathSync(link);
    const root = realpathSync(this.dir);
    if (real !== root && !real.startsWith(`${root}${path.sep}`))
      throw new Error(`${path.relative(this.dir, link)} leads out of the project through a link.`);
  }
}
