/**
 * `npm run audit:verify -- FILE [--keys FILE_OR_URL]`: verifies an export of an audit log, NDJSON or CSV, with nothing but
 * the file and the published keys. Ends with 0 where it is whole, 1 where it was touched, 2 where it cannot be read.
 */
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { resolveTypescriptImports } from "../../bench/lib/typescript-imports.ts";
import type { PublishedKey } from "./domain/signatures.js";

resolveTypescriptImports();
const { verifyExport } = await import("./domain/verify-export.js");

const usage = "usage: npm run audit:verify -- FILE [--keys FILE_OR_URL]";

async function publishedKeys(source: string): Promise<PublishedKey[]> {
  const text = /^https?:/.test(source)
    ? await (await fetch(source, { signal: AbortSignal.timeout(10_000) })).text()
    : await readFile(source, "utf8");
  const { keys } = JSON.parse(text) as { keys?: PublishedKey[] };
  if (!Array.isArray(keys)) throw new Error(`${source} does not hold keys: {"keys": [...]}`);
  return keys;
}

try {
  const { positionals, values } = parseArgs({
    options: { keys: { type: "string" } },
    allowPositionals: true,
  });
  const [file] = positionals;
  if (file === undefined) throw new Error(usage);
  const trusted = values.keys === undefined ? undefined : await publishedKeys(values.keys);
  const lines = createInterface({ input: createReadStream(file), crlfDelay: 0 });
  const verdict = await verifyExport(lines, trusted);
  console.log(JSON.stringify(verdict, null, 2));
  if (trusted === undefined) {
    console.error(
      "Verified with the keys of the file itself. Give --keys https://HOST/api/v1/audit/keys to know who signed.",
    );
  }
  process.exitCode = verdict.valid ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
