import postgres from "postgres";
import type { TestDataSourceResponse } from "../types.js";

const timeoutSeconds = 5;

/**
 * Connects to a Postgres server and asks for its version, for 5 s at most. What goes wrong is an answer, not an
 * error: it is what the caller asked to know.
 */
export async function testDataSource(url: string): Promise<TestDataSourceResponse> {
  const startedAt = performance.now();
  const milliseconds = () => Math.round(performance.now() - startedAt);
  const client = postgres(url, {
    max: 1,
    connect_timeout: timeoutSeconds,
    fetch_types: false,
    onnotice: () => {},
    connection: { application_name: "axion", statement_timeout: timeoutSeconds * 1000 },
  });
  try {
    const [row] = await client<{ server_version: string }[]>`show server_version`;
    return { reachable: true, serverVersion: row?.server_version, milliseconds: milliseconds() };
  } catch (error) {
    const reason = error instanceof Error && error.message !== "" ? error.message : String(error);
    return { reachable: false, milliseconds: milliseconds(), error: reason };
  } finally {
    await client.end({ timeout: 1 });
  }
}
