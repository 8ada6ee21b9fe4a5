/** What the executors are compared with: the same rows and the same links, written by hand. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import type { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import postgres from "postgres";
import type { Databases } from "./databases.ts";

/** Identities that the links are written with. */
const tenant = "bench";
const ruleId = "00000000-0000-4000-8000-000000000001";

const linkColumns = `tenant_id, rule_id, source_entity, source_key, target_entity, target_key, rule_version, action,
  source_hash, after_hash`;

/** One `INSERT … SELECT` of the locations and one of their links, in a transaction. Returns the seconds it took. */
export async function insertSelect(url: string, target: string): Promise<number> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  const began = performance.now();
  await sql.begin(async (tx) => {
    await tx.unsafe(`
      INSERT INTO ${target} (id, name, label, latitude, longitude, country_code, country_name, admin1)
      SELECT c.id, c.name, c.name || ' (' || upper(c.country) || ')', c.lat::double precision, c.lng::double precision,
        c.country, k.name, c.admin1
      FROM cities c LEFT JOIN countries k ON k.code = c.country WHERE c.admin1 <> '' ORDER BY c.id`);
    await tx.unsafe(`
      INSERT INTO axion.links (${linkColumns})
      SELECT '${tenant}', '${ruleId}', 'first/cities', t.id::text, '${target}', t.id::text, 1, 'create',
        md5(ROW(t.id, t.name, t.label, t.latitude, t.longitude, t.country_code, t.country_name, t.admin1)::text)::uuid,
        md5((t.*)::text)::uuid
      FROM ${target} t ORDER BY t.id`);
  });
  const seconds = (performance.now() - began) / 1000;
  await sql.end();
  return seconds;
}

/**
 * The script that one would write by hand: a cursor on the source, the mapping in JavaScript, `COPY` into the target
 * and, unless there are to be none, into the links. A batch is read and mapped while the one before is written. Links
 * are written `with` their rows, in one transaction a batch, so that the script can be ended and begun again as a
 * conversion can; or `apart`, on a connection of their own and all in one transaction, which is faster and leaves rows
 * without links, or links without rows, where it is ended. Returns the seconds it took.
 */
export async function cursorAndCopy(
  { first, second }: Databases,
  target: string,
  { links }: { links: "with" | "apart" | "none" },
): Promise<number> {
  const source = postgres(first, { max: 2, onnotice: () => {} });
  const targets = [target, `axion.links (${linkColumns})`].slice(0, links === "none" ? 1 : 2);
  const write = links === "with" ? writerOfBatches(second, targets) : await writerOfAll(second, targets);
  const began = performance.now();
  const countries = await source<{ code: string; name: string }[]>`SELECT code, name FROM countries`;
  const names = new Map(countries.map(({ code, name }) => [code, name]));
  const cursor = source<SourceCity[]>`
    SELECT id::text, name, lat, lng, country, admin1 FROM cities ORDER BY id`.cursor(5_000);
  let written = Promise.resolve();
  for await (const batch of cursor) {
    const texts = ["", ""];
    for (const { id, name, lat, lng, country, admin1 } of batch) {
      if (admin1 === "" || admin1 === null) continue;
      const label = `${name} (${country.toUpperCase()})`;
      const values = [id, name, label, lat, lng, country, names.get(country) ?? null, admin1];
      texts[0] += `${values.map(copyText).join("\t")}\n`;
      if (links === "none") continue;
      const hash = createHash("md5").update(values.join("\u0001")).digest("hex");
      texts[1] += `${tenant}\t${ruleId}\tfirst/cities\t${id}\t${target}\t${id}\t1\tcreate\t${hash}\t${hash}\n`;
    }
    await written;
    written = write.batch(texts);
    // Whether it failed is asked before the next one.
    written.catch(() => {});
  }
  await written;
  await write.end();
  const seconds = (performance.now() - began) / 1000;
  await source.end();
  return seconds;
}

interface Writer {
  /** Writes one text to each target. */
  batch(texts: readonly string[]): Promise<void>;
  end(): Promise<void>;
}

/** Writes each batch in a transaction of its own. */
function writerOfBatches(url: string, targets: readonly string[]): Writer {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  return {
    batch: async (texts) => {
      await sql.begin(async (tx) => {
        for (const [at, into] of targets.entries()) {
          const file = await tx.unsafe(`COPY ${into} FROM STDIN`).writable();
          await finished(file.end(texts[at] ?? ""));
        }
      });
    },
    end: () => sql.end(),
  };
}

/** Writes all batches to each target in one transaction, on a connection each. */
async function writerOfAll(url: string, targets: readonly string[]): Promise<Writer> {
  const sinks = await Promise.all(
    targets.map(async (into) => {
      const sql = postgres(url, { max: 1, onnotice: () => {} });
      return { sql, file: await sql.unsafe(`COPY ${into} FROM STDIN`).writable() };
    }),
  );
  return {
    batch: async (texts) => {
      await Promise.all(sinks.map(({ file }, at) => writeText(file, texts[at] ?? "")));
    },
    end: async () => {
      await Promise.all(sinks.map(({ file }) => finished(file.end())));
      await Promise.all(sinks.map(({ sql }) => sql.end()));
    },
  };
}

interface SourceCity {
  id: string;
  name: string;
  lat: string;
  lng: string;
  country: string;
  admin1: string | null;
}

const special: Record<string, string> = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" };

function copyText(value: string | null): string {
  return value === null ? "\\N" : value.replace(/[\\\t\n\r]/g, (letter) => special[letter] ?? letter);
}

async function writeText(file: Writable, text: string): Promise<void> {
  if (!file.write(text)) await once(file, "drain");
}
