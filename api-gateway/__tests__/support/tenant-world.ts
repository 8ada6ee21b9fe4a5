import { setTimeout as wait } from "node:timers/promises";
import type { Operation } from "./api-document.js";
import { type Call, succeed } from "./call.js";
import type { Organization } from "./callers-over-http.js";

/** A tenant with one of everything that the public API makes. */
export interface TenantWorld extends Organization {
  /** Stands in what the tenant wrote, and nowhere else. */
  marker: string;
  /** What to put where a parameter or field of that name is asked for, or `operation.name` for one operation alone. */
  ids: Record<string, string>;
  /** Every id that the API gave to the tenant. */
  known: Set<string>;
  /** Bodies that the operations accept, by the operation's name. */
  bodies: Record<string, Record<string, unknown>>;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const jobEndsWithinMs = 30_000;

/** Builds the world through the public API as the owner. Two worlds differ in their markers and ids alone. */
export async function buildWorld(
  url: string,
  organization: Organization,
  names: { marker: string; entity: string; recordId: number },
): Promise<TenantWorld> {
  const { tenantId, callers } = organization;
  const { marker, entity, recordId } = names;
  const known = new Set<string>([tenantId]);
  const owner = callers[0]!.headers;
  const send = async <T>(request: Call): Promise<T> => {
    const answer = await succeed<T>(url, { ...request, headers: owner });
    collectIds(answer, known);
    return answer;
  };
  const post = <T>(path: string, body: unknown): Promise<T> =>
    send<T>({ method: "POST", path: `/api/v1${path}`, body });

  const fields = [
    { name: "id", type: "integer", required: true },
    { name: "note", type: "text" },
  ];
  const createWorkspaceEntity = { name: entity, fields, primaryKey: ["id"], comment: marker };
  const contacts = {
    name: "contacts",
    fields: [fields[0], { name: "note", type: "text", required: true }],
    primaryKey: ["id"],
  };
  for (const made of [createWorkspaceEntity, contacts]) await post("/workspace/entities", made);
  const loadRecords = { records: [{ id: recordId, note: marker }, { id: recordId + 1 }] };
  await post(`/workspace/entities/${entity}/records`, loadRecords);

  const definition = {
    name: "People to contacts",
    description: marker,
    source: { entity },
    target: { entity: "contacts" },
    naturalKey: ["id"],
    mappings: [
      { target: "id", column: "id" },
      { target: "note", column: "note" },
    ],
  };
  const rule = await post<{ id: string }>("/conversion/rules", { definition });
  const sourceRecordId = String(recordId);
  const executeConversion = { ruleId: rule.id, sourceRecordId };
  await post("/conversion/execute", executeConversion);
  const job = await post<{ id: string }>("/conversion/jobs", { ruleId: rule.id });
  await untilEnded(() => send({ method: "GET", path: `/api/v1/conversion/jobs/${job.id}` }));
  const runShadow = { old: { ruleId: rule.id }, new: { ruleId: rule.id } };
  const shadowRun = await post<{ id: string }>("/conversion/shadow-runs", runShadow);

  const createDataSource = {
    name: "warehouse",
    url: `postgres://reader:secret@${marker}.example.com:5432/shop`,
  };
  const source = await post<{ id: string }>(`/tenants/${tenantId}/data-sources`, createDataSource);
  const sendConversionNotification = { eventType: "job-failed", title: marker, body: marker };
  const { notificationId } = await post<{ notificationId: string }>(
    "/notifications/conversion",
    sendConversionNotification,
  );
  const createWebhook = {
    url: `https://${marker}.example.invalid/hooks`,
    description: marker,
    eventTypes: ["custom.never"],
  };
  const { webhook } = await post<{ webhook: { id: string } }>("/webhooks", createWebhook);
  const delivery = await post<{ id: string }>(`/webhooks/${webhook.id}/test`, {});
  const deliveryPath = `/api/v1/webhooks/${webhook.id}/deliveries/${delivery.id}`;
  await until(async () => {
    const { delivery: sent } = await send<{ delivery: { lastError?: string } }>({
      method: "GET",
      path: deliveryPath,
    });
    return sent.lastError !== undefined;
  });
  // Paused, so that what is there stays as it is.
  await post(`/webhooks/${webhook.id}/pause`, {});
  const template = { channel: "email", eventType: "job-failed", language: "en" };
  const texts = { title: marker, body: "{{event.error}}" };
  await send({
    method: "PUT",
    path: "/api/v1/notifications/templates/email/job-failed/en",
    body: texts,
  });
  const createProject = {
    name: "shop",
    description: marker,
    model: { services: [{ name: "orders", port: 4001 }] },
  };
  const project = await post<{ id: string }>("/projects", createProject);
  const generation = await post<{ id: string }>(`/projects/${project.id}/generate`, {});
  await untilEnded(() => send({ method: "GET", path: `/api/v1/generations/${generation.id}` }));
  const startDeployment = { driver: "bundle" };
  const deployment = await post<{ id: string }>(`/projects/${project.id}/deployments`, startDeployment);
  await until(async () => {
    const path = `/api/v1/deployments/${deployment.id}`;
    return (await send<{ state: string }>({ method: "GET", path })).state === "completed";
  });
  const recordActivity = {
    eventType: "lead-imported",
    ruleId: rule.id,
    sourceRecordId,
    targetRecordId: sourceRecordId,
    details: { note: marker },
  };
  await post("/audit/log", recordActivity);
  const startEventReplay = {
    subscription: "event-management/log-audit",
    topic: "audit-events",
    from: new Date().toISOString(),
  };
  const replay = await post<{ id: string }>("/events/replays", startEventReplay);
  await untilEnded(() => send({ method: "GET", path: `/api/v1/events/replays/${replay.id}` }));
  let eventId = "";
  await until(async () => {
    const path = "/api/v1/events?type=rule-created";
    const { events } = await send<{ events: { eventId: string }[] }>({ method: "GET", path });
    eventId = events[0]?.eventId ?? "";
    return eventId !== "";
  });
  const inMyName = `${marker}@example.com`;
  const invitation = await post<{ id: string }>("/invitations", { email: inMyName, role: "viewer" });
  const key = await post<{ id: string }>("/api-keys", { name: "reader", permissions: ["schema:read"] });
  const createRole = { name: `role-${recordId}`, permissions: ["schema:read"] };
  await post("/roles", createRole);
  const tenantExport = await post<{ id: string }>(`/tenants/${tenantId}/exports`, {});
  const exportPath = `/api/v1/tenants/${tenantId}/exports/${tenantExport.id}`;
  await untilEnded(() => send({ method: "GET", path: exportPath }));
  const { user } = await send<{ user: { id: string } }>({ method: "GET", path: "/api/v1/me" });

  return {
    ...organization,
    marker,
    known,
    ids: {
      tenantId,
      ruleId: rule.id,
      jobId: job.id,
      source: source.id,
      notificationId,
      webhookId: webhook.id,
      deliveryId: delivery.id,
      ...template,
      projectId: project.id,
      generationId: generation.id,
      deploymentId: deployment.id,
      "getShadowRun.runId": shadowRun.id,
      "listShadowDifferences.runId": shadowRun.id,
      "getProjectVersion.version": "1",
      "diffProjectVersions.from": "1",
      "getGenerationFile.path": "package.json",
      userId: user.id,
      performedBy: user.id,
      memberId: user.id,
      invitationId: invitation.id,
      keyId: key.id,
      exportId: tenantExport.id,
      eventId,
      "getEventReplay.id": replay.id,
      "cancelEventReplay.id": replay.id,
      entity,
      entityType: entity,
      sourceEntity: entity,
      recordId: sourceRecordId,
      sourceRecordId,
      "updateRole.name": createRole.name,
      "deleteRole.name": createRole.name,
    },
    bodies: {
      createWorkspaceEntity,
      loadRecords,
      createRule: { definition },
      updateRule: { definition },
      previewConversion: executeConversion,
      executeConversion,
      startJob: { ruleId: rule.id },
      evaluateExpression: { expression: "record.id", entity: { entity }, sourceRecordId },
      checkTriggers: { entityType: entity, recordId: sourceRecordId },
      suggestMapping: { source: { entity }, target: { entity: "contacts" } },
      createDataSource,
      updateDataSource: createDataSource,
      sendConversionNotification,
      createWebhook,
      updateWebhook: createWebhook,
      putNotificationTemplate: texts,
      previewNotificationTemplate: template,
      createProject,
      startDeployment,
      runShadow,
      recordActivity,
      checkPermissions: { userId: user.id },
      startEventReplay,
      discardDeadLetter: { reason: marker },
      editDeadLetter: { event: { type: "conversion-failed" } },
    },
  };
}

/** Waits until a job or an export has ended. */
async function untilEnded(read: () => Promise<{ state: string }>): Promise<void> {
  await until(async () => {
    const { state } = await read();
    return state !== "queued" && state !== "running";
  });
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + jobEndsWithinMs;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error("what was begun does not end");
    await wait(50);
  }
}

/** What the world has for a parameter or field of an operation. */
export function idIn(world: TenantWorld, operation: Operation, name: string): string | undefined {
  return world.ids[`${operation.name}.${name}`] ?? world.ids[name];
}

/** Adds every text of an answer that is an id by its form. */
export function collectIds(value: unknown, ids: Set<string>): void {
  if (typeof value === "string") {
    if (uuid.test(value)) ids.add(value);
  } else if (typeof value === "object" && value !== null) {
    for (const inner of Object.values(value)) collectIds(inner, ids);
  }
}
