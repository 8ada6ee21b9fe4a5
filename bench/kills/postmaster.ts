import { setTimeout as delay } from "node:timers/promises";
import postgres from "postgres";

/** Ends a server of Postgres as a crash would, and waits until whoever looks after it has started it again. */
export async function killPostmaster(url: string): Promise<void> {
  const admin = adminOf(url);
  const [row] = await admin<
    { pid: string }[]
  >`SELECT split_part(pg_read_file('postmaster.pid'), E'\n', 1) AS pid`;
  await admin.end({ timeout: 1 });
  process.kill(Number(row!.pid), "SIGKILL");
  for (const deadline = Date.now() + 60_000; ; ) {
    const again = adminOf(url);
    try {
      await again`SELECT 1`;
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await delay(100);
    } finally {
      await again.end({ timeout: 1 }).catch(() => {});
    }
  }
}

/** A connection as superuser. */
export function adminOf(url: string): postgres.Sql {
  return postgres(url, { max: 1, onnotice: () => {}, connect_timeout: 5 });
}
