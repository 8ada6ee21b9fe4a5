import type { CompleteInput, CompleteOutput } from "@tasks/contracts/tasks.js";
import { eq } from "drizzle-orm";
import { db } from "../db.js";
import { notFound } from "../problem.js";
import { tasks } from "../schema.js";

/** Marks a task as done. */
export async function complete({ taskId }: CompleteInput): Promise<CompleteOutput> {
  const [row] = await db
    .update(tasks)
    .set({ state: "done" })
    .where(eq(tasks.id, taskId))
    .returning({ state: tasks.state });
  if (row === undefined) throw notFound("task");
  return row;
}
