import { and, asc, eq, gt, sql } from "drizzle-orm";
import { newEvent } from "../../shared/events/envelope.js";
import { addToOutbox } from "../../shared/events/outbox.js";
import type { JsonValue } from "../../shared/json.js";
import type { Db } from "../db.js";
import { deployments, generations, projectLog } from "../schema.js";
import { foldDeployment, foldGeneration, type LoggedEvent, type ProjectEventBody } from "./fold-events.js";

/** Who acts on a project. */
export interface ProjectActor {
  tenantId: string;
  userID: string;
  /** Goes on from a request that was made before; that of the running request by default. */
  correlationId?: string;
}

/** Steps on the way, which the audit log does without. */
const unaudited = new Set(["deployment-progressed"]);

/**
 * Records what happens to a project, in the caller's transaction: in the project's log, in the state that is folded from
 * it, on `project-events`, and for the audit log.
 */
export async function recordEvent(
  tx: Db,
  actor: ProjectActor,
  projectId: string,
  event: ProjectEventBody,
): Promise<void> {
  const { tenantId, userID, correlationId } = actor;
  const context = { tenantId, userId: userID, projectId, correlationId };
  const message = newEvent(event, { ...context, orderedBy: projectId });
  const logged = { tenantId, projectId, userId: userID, time: new Date(message.time), event };
  if (event.type !== "project-deleted") {
    await tx
      .insert(projectLog)
      .values({ ...logged, eventId: message.eventId, correlationId: message.correlationId });
    await applyEvent(tx, logged);
  }
  await addToOutbox(tx, "project-events", message);
  if (unaudited.has(event.type)) return;
  const { type: action, ...told } = event;
  const details = { projectId, ...told } as Record<string, JsonValue>;
  const entry = { type: "audit-recorded" as const, action, performedBy: userID, details };
  await addToOutbox(
    tx,
    "audit-events",
    newEvent(entry, { ...context, correlationId: message.correlationId }),
  );
}

/** Brings the state of a generation or deployment up to an event. */
async function applyEvent(tx: Db, logged: LoggedEvent): Promise<void> {
  const { event, tenantId } = logged;
  if ("deploymentId" in event) {
    const owned = and(eq(deployments.tenantId, tenantId), eq(deployments.id, event.deploymentId));
    const [before] = await tx.select().from(deployments).where(owned).for("update");
    const row = foldDeployment(before, logged);
    await tx.insert(deployments).values(row).onConflictDoUpdate({ target: deployments.id, set: row });
  } else if ("generationId" in event) {
    const owned = and(eq(generations.tenantId, tenantId), eq(generations.id, event.generationId));
    const [before] = await tx.select().from(generations).where(owned).for("update");
    const row = foldGeneration(before, logged);
    await tx.insert(generations).values(row).onConflictDoUpdate({ target: generations.id, set: row });
  }
}

const eventsAtOnce = 500;

/** Folds the state of a project's generations and deployments anew from its log. Returns how many events it read. */
export async function rebuildProject(tx: Db, tenantId: string, projectId: string): Promise<number> {
  const mine = and(eq(projectLog.tenantId, tenantId), eq(projectLog.projectId, projectId));
  for (let read = 0, after = 0; ; ) {
    const page = await tx
      .select()
      .from(projectLog)
      .where(and(mine, gt(projectLog.id, after)))
      .orderBy(asc(projectLog.id))
      .limit(eventsAtOnce);
    for (const logged of page) await applyEvent(tx, logged);
    read += page.length;
    if (page.length < eventsAtOnce) return read;
    after = page.at(-1)!.id;
  }
}

/** Who asked for a generation or deployment, and in which request. */
export async function actorOf(
  tx: Db,
  { tenantId, projectId }: { tenantId: string; projectId: string },
  subject: { generationId: string } | { deploymentId: string },
): Promise<ProjectActor> {
  const [[key, id]] = Object.entries(subject) as [[string, string]];
  const [first] = await tx
    .select({ userID: projectLog.userId, correlationId: projectLog.correlationId })
    .from(projectLog)
    .where(
      and(
        eq(projectLog.tenantId, tenantId),
        eq(projectLog.projectId, projectId),
        sql`${projectLog.event}->>${key} = ${id}`,
      ),
    )
    .orderBy(asc(projectLog.id))
    .limit(1);
  return { tenantId, userID: "system", ...first };
}
