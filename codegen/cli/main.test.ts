import { tmpdir } from "node:os";
import { afterEach, describe, expect, it, vi } from "vitest";
import { main } from "./main.js";

afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

async function run(...args: string[]): Promise<{ told: string; code: unknown }> {
  const error = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const output = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  await main(args);
  const told = [...error.mock.calls, ...output.mock.calls].map(([text]) => String(text)).join("");
  return { told, code: process.exitCode };
}

describe("axion project", () => {
  it("refuses a wrong command line with 2, and says what is wrong", async () => {
    const wrong = [
      ["frobnicate"],
      ["new"],
      ["new", "../evil"],
      ["new", 'a"b'],
      ["new", "__proto__"],
      ["new", "аdmin"],
      ["new", "a".repeat(64)],
      ["new", "ok", "extra"],
      ["new", "ok", "--framework", "rails"],
      ["check", "--model"],
      ["generate", "--bogus"],
    ];
    for (const args of wrong) {
      const { told, code } = await run(...args);
      expect(told).toMatch(/^error: /);
      expect(code).toBe(2);
      process.exitCode = undefined;
      vi.restoreAllMocks();
    }
  });

  it("tells of what the system refuses, without a stack", async () => {
    const { told, code } = await run("check", "--model", tmpdir());
    expect(told).toBe("error: EISDIR: illegal operation on a directory, read\n");
    expect(code).toBe(1);
  });

  it("shows how it is used", async () => {
    expect(await run()).toMatchObject({
      told: expect.stringContaining("Usage: axion project"),
      code: undefined,
    });
  });
});
