import { describe, expect, it } from "vitest";
import {
  type DeploymentRow,
  foldDeployment,
  foldGeneration,
  type GenerationRow,
  type ProjectEventBody,
} from "./fold-events.js";

const generationId = "11111111-1111-4111-8111-111111111111";
const deploymentId = "22222222-2222-4222-8222-222222222222";
const about = { generationId, modelVersion: 2 };
const deployment = { deploymentId, ...about, driver: "local" };

function logged(event: ProjectEventBody, second: number) {
  const time = new Date(Date.UTC(2026, 0, 1, 0, 0, second));
  return { tenantId: "t", projectId: "33333333-3333-4333-8333-333333333333", userId: "ada", time, event };
}

function generationAfter(...events: ProjectEventBody[]): GenerationRow {
  return events.reduce<GenerationRow | undefined>(
    (row, event, second) => foldGeneration(row, logged(event, second)),
    undefined,
  )!;
}

function deploymentAfter(...events: ProjectEventBody[]): DeploymentRow {
  return events.reduce<DeploymentRow | undefined>(
    (row, event, second) => foldDeployment(row, logged(event, second)),
    undefined,
  )!;
}

const healthy = (service: string, port: number): ProjectEventBody => ({
  type: "service-healthy",
  deploymentId,
  service,
  port,
  url: `http://127.0.0.1:${port}`,
});
const requested: ProjectEventBody = {
  type: "deployment-requested",
  ...deployment,
  ports: {},
  requestedBy: "ada",
};
const started: ProjectEventBody = { type: "deployment-started", ...deployment };
const completed: ProjectEventBody = {
  type: "deployment-completed",
  ...deployment,
  services: 1,
  durationMs: 5,
};
const failed: ProjectEventBody = {
  type: "deployment-failed",
  ...deployment,
  errorCode: "not_healthy",
  error: "No.",
};

describe("the state of a generation", () => {
  it("follows from its events", () => {
    const asked: ProjectEventBody = { type: "generation-requested", ...about, requestedBy: "ada" };
    expect(generationAfter(asked)).toMatchObject({ state: "queued", requestedBy: "ada", startedAt: null });
    const begun: ProjectEventBody = {
      type: "generation-started",
      ...about,
      services: 2,
      previousGenerationId: deploymentId,
    };
    expect(generationAfter(asked, begun)).toMatchObject({ state: "running", previousId: deploymentId });
    const result = { files: 3, bytes: 10, archiveBytes: 5, archiveSha256: "ab" };
    const done: ProjectEventBody = { type: "generation-completed", ...about, ...result, durationMs: 9 };
    expect(generationAfter(asked, begun, done)).toMatchObject({ state: "completed", ...result });
    const gone: ProjectEventBody = { type: "generation-expired", ...about };
    expect(generationAfter(asked, begun, done, gone)).toMatchObject({ state: "expired", files: 3 });
  });

  it("is that of nothing without the request", () => {
    expect(() => generationAfter({ type: "generation-started", ...about, services: 1 })).toThrow(
      "nobody asked",
    );
  });
});

describe("the state of a deployment", () => {
  it("tells of each service", () => {
    const row = deploymentAfter(requested, started, healthy("stock", 2), healthy("orders", 1), completed);
    expect(row).toMatchObject({
      state: "running",
      step: null,
      services: [
        { name: "orders", state: "healthy", port: 1 },
        { name: "stock", state: "healthy", port: 2 },
      ],
    });
    const ended: ProjectEventBody = { type: "service-ended", deploymentId, service: "stock", restarts: 1 };
    expect(foldDeployment(row, logged(ended, 9)).services.map(({ state }) => state)).toEqual([
      "healthy",
      "ended",
    ]);
  });

  it("names what serves on where it failed, and begins anew when it is restarted", () => {
    const back: ProjectEventBody = {
      type: "deployment-rolled-back",
      deploymentId,
      restoredDeploymentId: generationId,
    };
    const row = deploymentAfter(requested, started, healthy("stock", 2), failed, back);
    expect(row).toMatchObject({
      state: "rolled_back",
      rolledBackTo: generationId,
      errorCode: "not_healthy",
      services: [{ name: "stock", state: "stopped" }],
    });
    const again: ProjectEventBody = {
      type: "deployment-restart-requested",
      deploymentId,
      requestedBy: "ada",
    };
    expect(foldDeployment(row, logged(again, 9))).toMatchObject({
      state: "queued",
      errorCode: null,
      rolledBackTo: null,
      services: [],
    });
  });

  it("is completed for a bundle, which runs nowhere", () => {
    expect(deploymentAfter(requested, started, { ...completed, driver: "bundle" }).state).toBe("completed");
  });
});
