import type { ProjectEvent } from "../../shared/events/types.js";
import type { deployments, generations } from "../schema.js";
import type { DeployedService, DeploymentDriver, DeploymentStep } from "../types.js";

export type GenerationRow = typeof generations.$inferSelect;
export type DeploymentRow = typeof deployments.$inferSelect;
export type ProjectEventBody = ProjectEvent["event"];

/** An event with what its envelope says. */
export interface LoggedEvent {
  tenantId: string;
  projectId: string;
  userId: string;
  time: Date;
  event: ProjectEventBody;
}

/** A generation after an event; undefined before its first. What an event does not tell stays as it was. */
export function foldGeneration(before: GenerationRow | undefined, logged: LoggedEvent): GenerationRow {
  const { event, time } = logged;
  if (event.type === "generation-requested") {
    return {
      id: event.generationId,
      tenantId: logged.tenantId,
      projectId: logged.projectId,
      modelVersion: event.modelVersion,
      state: "queued",
      previousId: null,
      files: null,
      bytes: null,
      archiveBytes: null,
      archiveSha256: null,
      errorCode: null,
      error: null,
      requestedBy: event.requestedBy,
      requestedAt: time,
      startedAt: null,
      finishedAt: null,
      expiredAt: null,
      idempotencyKey: before?.idempotencyKey ?? null,
    };
  }
  if (before === undefined) throw new Error(`${event.type} tells of a generation that nobody asked for.`);
  switch (event.type) {
    case "generation-started":
      return {
        ...before,
        state: "running",
        startedAt: time,
        previousId: event.previousGenerationId ?? null,
      };
    case "generation-completed": {
      const { files, bytes, archiveBytes, archiveSha256 } = event;
      return { ...before, state: "completed", finishedAt: time, files, bytes, archiveBytes, archiveSha256 };
    }
    case "generation-failed":
      return { ...before, state: "failed", finishedAt: time, errorCode: event.errorCode, error: event.error };
    case "generation-cancelled":
      return { ...before, state: "cancelled", finishedAt: time };
    case "generation-expired":
      return { ...before, state: "expired", expiredAt: time };
    default:
      return before;
  }
}

/** A deployment after an event; undefined before its first. */
export function foldDeployment(before: DeploymentRow | undefined, logged: LoggedEvent): DeploymentRow {
  const { event, time } = logged;
  if (event.type === "deployment-requested") {
    return {
      id: event.deploymentId,
      tenantId: logged.tenantId,
      projectId: logged.projectId,
      generationId: event.generationId,
      modelVersion: event.modelVersion,
      driver: event.driver as DeploymentDriver,
      state: "queued",
      step: null,
      services: [],
      ports: event.ports,
      errorCode: null,
      error: null,
      rolledBackTo: null,
      requestedBy: event.requestedBy,
      requestedAt: time,
      startedAt: null,
      finishedAt: null,
      idempotencyKey: before?.idempotencyKey ?? null,
    };
  }
  if (before === undefined) throw new Error(`${event.type} tells of a deployment that nobody asked for.`);
  switch (event.type) {
    case "deployment-restart-requested":
      return {
        ...before,
        state: "queued",
        step: null,
        services: [],
        finishedAt: null,
        errorCode: null,
        error: null,
        rolledBackTo: null,
      };
    case "deployment-started":
      return { ...before, state: "deploying", startedAt: time };
    case "deployment-progressed":
      return { ...before, step: event.step as DeploymentStep };
    case "service-healthy": {
      const { service: name, port, url } = event;
      return { ...before, services: withService(before.services, { name, state: "healthy", port, url }) };
    }
    case "service-ended":
      return { ...before, services: inState(before.services, "ended", event.service) };
    case "deployment-completed":
      return {
        ...before,
        state: event.driver === "local" ? "running" : "completed",
        step: null,
        finishedAt: time,
      };
    case "deployment-failed":
      return {
        ...before,
        state: "failed",
        finishedAt: time,
        errorCode: event.errorCode,
        error: event.error,
        services: inState(before.services, "stopped"),
      };
    case "deployment-rolled-back":
      return { ...before, state: "rolled_back", rolledBackTo: event.restoredDeploymentId };
    case "deployment-stopped":
      return { ...before, state: "stopped", finishedAt: time, services: inState(before.services, "stopped") };
    default:
      return before;
  }
}

function withService(services: DeployedService[], service: DeployedService): DeployedService[] {
  const others = services.filter(({ name }) => name !== service.name);
  return [...others, service].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function inState(
  services: DeployedService[],
  state: DeployedService["state"],
  name?: string,
): DeployedService[] {
  return services.map((service) =>
    name === undefined || service.name === name ? { ...service, state } : service,
  );
}
