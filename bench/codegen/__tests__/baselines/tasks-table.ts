import { eq } from "drizzle-orm";
import { bigint, jsonb, numeric, pgTable, text, timestamp, uuid, varchar } from "drizzle-orm/pg-core";
import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";

export const tasks = pgTable("tasks", {
  id: uuid("id").primaryKey().defaultRandom(),
  title: varchar("title", { length: 200 }).notNull(),
  state: text("state").notNull(),
  effort: numeric("effort", { precision: 8, scale: 2 }),
  position: bigint("position", { mode: "bigint" }),
  dueAt: timestamp("due_at", { withTimezone: true, precision: 3 }),
  project: uuid("project"),
  details: jsonb("details"),
  createdAt: timestamp("created_at", { withTimezone: true, precision: 3 }).notNull(),
  updatedAt: timestamp("updated_at", { withTimezone: true, precision: 3 }).notNull(),
});

const db = drizzle(postgres(process.env.DATABASE_URL!, { max: 10 }));

/** The task with this id as it is sent; undefined where there is none. */
export async function findTask(id: string): Promise<object | undefined> {
  const [row] = await db.select().from(tasks).where(eq(tasks.id, id));
  return row && { ...row, position: row.position?.toString() ?? null };
}
