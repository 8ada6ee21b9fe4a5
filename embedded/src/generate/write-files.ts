import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";

/** A file to be written: its path below some folder, and its text. */
export interface GeneratedFile {
  path: string;
  text: string;
}

/** Writes the files that differ from what is there; returns the paths it wrote. */
export function writeFiles(dir: string, files: GeneratedFile[]): string[] {
  return files
    .filter((file) => writeIfChanged(path.join(dir, file.path), file.text))
    .map((file) => file.path);
}

/** Writes a file unless it holds this text already. Readers never see half a file. */
export function writeIfChanged(file: string, text: string): boolean {
  if (readIfExists(file) === text) return false;
  mkdirSync(path.dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, text);
  renameSync(temporary, file);
  return true;
}

/** The text of a file, or `undefined` when there is none. */
export function readIfExists(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
