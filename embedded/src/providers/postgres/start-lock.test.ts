import { existsSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { withStartLock } from "./start-lock.js";

function lockFile(): string {
  const dir = mkdtempSync(join(tmpdir(), "axion-lock-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return join(dir, "start.lock");
}

describe("the start lock", () => {
  it("lets one in at a time and leaves nothing behind, also after a failure", async () => {
    const file = lockFile();
    let inside = 0;
    const work = async () => {
      expect(++inside).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      inside--;
    };
    await Promise.all([withStartLock(file, work), withStartLock(file, work), withStartLock(file, work)]);
    await expect(withStartLock(file, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    await withStartLock(file, work);
    expect(readdirSync(join(file, ".."))).toEqual([]);
  });

  it.each([
    ["of a process that is gone", () => "999999999"],
    ["with its own process id, left by a predecessor in a container", () => String(process.pid)],
  ])("takes over a lock %s", async (_what, content) => {
    const file = lockFile();
    writeFileSync(file, content());
    await withStartLock(file, async () => expect(existsSync(file)).toBe(true));
    expect(existsSync(file)).toBe(false);
  });

  it("takes over a lock that is too old to be held", async () => {
    const file = lockFile();
    writeFileSync(file, String(process.ppid));
    utimesSync(file, new Date(0), new Date(0));
    let entered = false;
    await withStartLock(file, async () => {
      entered = true;
    });
    expect(entered).toBe(true);
  });
});
