import postgres from "postgres";
import { expect, it } from "vitest";
import { ensureReplication } from "./slot.js";

const wanted = [{ entity: "deals", name: { schema: "public", table: "deals" }, readsOld: false }];

/** A connection on which each statement is answered alike. */
function answering(answer: () => Promise<unknown[]>): postgres.Sql {
  return { unsafe: () => ({ simple: answer }) } as unknown as postgres.Sql;
}

async function reasonOf(answer: () => Promise<unknown[]>): Promise<string | undefined> {
  const { tables, refused, reason } = await ensureReplication(answering(answer), "axion_x", wanted, false);
  expect(tables).toEqual([]);
  expect(refused).toEqual([{ entity: "deals", reason }]);
  return reason;
}

it("is refused with its reason where the log cannot be decoded, and on a standby", async () => {
  const server = { level: "logical", version: "150000", recovering: "false" };
  expect(await reasonOf(async () => [{ ...server, level: "replica" }])).toContain('wal_level is "replica"');
  expect(await reasonOf(async () => [{ ...server, recovering: "true" }])).toBe("The server is a standby.");
});

it("is refused with its reason by a pooler that nobody told of, and where a right is missing", async () => {
  const failing = (code: string, message: string) => async (): Promise<never> => {
    throw Object.assign(new postgres.PostgresError(message), { code, message });
  };
  const pooler = failing("08P01", "unsupported startup parameter: replication");
  expect(await reasonOf(pooler)).toContain("unsupported startup parameter: replication");
  expect(await reasonOf(failing("42501", "permission denied"))).toContain("permission denied");
  await expect(reasonOf(failing("57P01", "terminated"))).rejects.toThrow("terminated");
});
