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
 * and, where `withLinks` says so, into the links. Returns the seconds it took.
 */
export async function cursorAndCopy(
  { first, second }: Databases,
  target: string,
  { withLinks }: { withLinks: boolean },
): Promise<number> {
  const source = postgres(first, { max: 2, onnotice: () => {} });
  const sinks = [target, `axion.links (${linkColumns})`]
    .slice(0, withLinks ? 2 : 1)
    .map((into) => ({ into, sql: postgres(second, { max: 1, onnotice: () => {} }) }));
  const began = performance.now();
  const countries = await source<{ code: string; name: string }[]>`SELECT code, name FROM countries`;
  const names = new Map(countries.map(({ code, name }) => [code, name]));
  const files = await Promise.all(
    sinks.map(({ into, sql }) => sql.unsafe(`COPY ${into} FROM STDIN`).writable()),
  );
  const cursor = source<SourceCity[]>`
    SELECT id::text, name, lat, lng, country, admin1 FROM cities ORDER BY id`.cursor(5_000);
  for await (const batch of cursor) {
    const texts = ["", ""];
    for (const { id, name, lat, lng, country, admin1 } of batch) {
      if (admin1 === "" || admin1 === null) continue;
      const label = `${name} (${country.toUpperCase()})`;
      const values = [id, name, label, lat, lng, country, names.get(country) ?? null, admin1];
      texts[0] += `${values.map(copyText).join("\t")}\n`;
      if (!withLinks) continue;
      const hash = createHash("md5").update(values.join("\u0001")).digest("hex");
      texts[1] += `${tenant}\t${ruleId}\tfirst/cities\t${id}\t${target}\t${id}\t1\tcreate\t${hash}\t${hash}\n`;
    }
    await Promise.all(files.map((file, at) => write(file, texts[at] ?? "")));
  }
  await Promise.all(files.map((file) => finished(file.end())));
  const seconds = (performance.now() - began) / 1000;
  await Promise.all([source, ...sinks.map(({ sql }) => sql)].map((sql) => sql.end()));
  return seconds;
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

async function write(file: Writable, text: string): Promise<void> {
  if (!file.write(text)) await once(file, "drain");
}
