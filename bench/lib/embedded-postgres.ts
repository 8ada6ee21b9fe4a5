import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** Address of a database on the Postgres that a started app keeps in its folder, as its administrator. */
export async function embeddedDatabase(appDir: string, database: string): Promise<string> {
  const file = join(appDir, ".axion/postgres/server.json");
  const { password, port } = JSON.parse(await readFile(file, "utf8")) as { password: string; port: number };
  return `postgresql://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
}
