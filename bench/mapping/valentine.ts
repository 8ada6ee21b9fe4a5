import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type LabelledPair, makeSide } from "./pairs.ts";

const sampledRows = 200;

/**
 * The pairs of a folder in the layout of the Valentine datasets: in any folder beneath it, `X_source.csv`,
 * `X_target.csv` and `X_mapping.json` with `{ matches: [{ source_column, target_column }] }`.
 */
export function readValentine(folder: string): LabelledPair[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith("_mapping.json"))
    .sort()
    .map((path) => {
      const stem = join(folder, path.slice(0, -"_mapping.json".length));
      const { matches } = JSON.parse(readFileSync(`${stem}_mapping.json`, "utf8")) as {
        matches: { source_column: string; target_column: string }[];
      };
      const side = (part: "source" | "target") => {
        const [header, ...rows] = readCsv(readFileSync(`${stem}_${part}.csv`, "utf8"), sampledRows + 1);
        return makeSide(
          basename(`${stem}_${part}`),
          (header ?? []).map((name, at) => ({
            name,
            dataType: "text",
            primaryKey: false,
            values: rows.map((row) => row[at] ?? null),
          })),
        );
      };
      return {
        name: basename(stem),
        source: side("source"),
        target: side("target"),
        truth: matches.map((each): [string, string] => [each.source_column, each.target_column]),
      };
    });
}

/** The first rows of a CSV text (RFC 4180). */
export function readCsv(text: string, most: number): string[][] {
  const rows: string[][] = [[]];
  const cell = /("(?:[^"]|"")*"|[^,\r\n]*)(,|\r?\n|$)/gy;
  for (let found = cell.exec(text); found; found = cell.exec(text)) {
    const [whole, value, end] = found;
    rows.at(-1)!.push(value!.startsWith('"') ? value!.slice(1, -1).replaceAll('""', '"') : value!);
    if (end === "" || whole === "") break;
    if (end !== ",") {
      if (rows.length === most) break;
      rows.push([]);
    }
  }
  return rows.filter((row) => row.length > 1 || row[0] !== "");
}
