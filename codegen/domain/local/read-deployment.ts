import { APIError } from "encore.dev/api";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import type { LocalSettings } from "../../deployment-settings.js";
import { readArchive } from "../../result-files.js";
import type {
  ArchiveContent,
  DeploymentLog,
  DeploymentMetrics,
  ReadBundleRequest,
  ReadDeploymentLogRequest,
  ReadDeploymentMetricsRequest,
} from "../../types.js";
import { findDeployment } from "../deployments.js";
import type { DeploymentRow } from "../fold-events.js";
import { readStoredModel } from "../project-model.js";
import { findVersion } from "../project-versions.js";
import { sha256Of } from "../results/archive.js";
import { partOf } from "../results/read-result.js";
import { ask, LocalServices } from "./local-services.js";
import { findProcesses, residentBytes } from "./processes.js";
import { lastLines } from "./run-command.js";

const steps = ["install", "build", "migrate"];
const mostLines = 5_000;

/** The last lines that a service of a deployment wrote, or a step of it. Throws `notFound` for any other source. */
export async function readLog(
  db: Db,
  settings: LocalSettings,
  tenantId: string,
  request: ReadDeploymentLogRequest,
): Promise<DeploymentLog> {
  const { source, lines = 200 } = request;
  if (!Number.isInteger(lines) || lines < 1 || lines > mostLines) {
    throw APIError.invalidArgument(`lines: a whole number from 1 to ${mostLines}.`);
  }
  const { services } = await localServices(db, settings, tenantId, request.deploymentId);
  const names = [...steps, ...services.model.services.map(({ name }) => name)];
  if (!names.includes(source)) throw APIError.notFound(`source: one of ${names.join(", ")}.`);
  return { source, lines: await lastLines(services.logFile(source), lines) };
}

/** What a service of a running deployment tells of itself. Throws `failedPrecondition` where it does not answer. */
export async function readMetrics(
  db: Db,
  settings: LocalSettings,
  tenantId: string,
  request: ReadDeploymentMetricsRequest,
): Promise<DeploymentMetrics> {
  const { row } = await localServices(db, settings, tenantId, request.deploymentId);
  const service = row.services.find(({ name }) => name === request.service);
  if (service === undefined) throw APIError.notFound("service: the deployment runs no such service.");
  const answer = await ask(`${service.url}/metrics`);
  if (answer?.status !== 200) {
    throw APIError.failedPrecondition(`The service ${service.name} does not answer.`).withDetails({
      reason: "service_not_answering",
    });
  }
  const processes = await findProcesses(settings.folder, row.id);
  const process = processes.find((each) => each.service === service.name);
  const resident = process && (await residentBytes(process.pid));
  return {
    service: service.name,
    text: answer.text,
    ...(resident === undefined ? {} : { residentBytes: resident }),
  };
}

/** A part of a bundle, for the download. Throws `failedPrecondition` for a deployment that is none. */
export async function readBundle(
  db: Db,
  tenantId: string,
  { deploymentId, offset }: ReadBundleRequest,
): Promise<ArchiveContent> {
  const row = await withTenant(db, tenantId, (tx) => findDeployment(tx, tenantId, deploymentId));
  if (row.driver !== "bundle" || row.state !== "completed") {
    throw APIError.failedPrecondition(
      row.driver === "bundle"
        ? `The bundle is not completed but ${row.state}.`
        : "A local deployment has no archive.",
    ).withDetails({ reason: "no_bundle" });
  }
  const content = await readArchive({ tenantId, projectId: row.projectId, id: row.id });
  const fileName = `bundle-v${row.modelVersion}.tar.gz`;
  return partOf(content, { offset, fileName, sha256: sha256Of(content) });
}

async function localServices(
  db: Db,
  settings: LocalSettings,
  tenantId: string,
  deploymentId: string,
): Promise<{ row: DeploymentRow; services: LocalServices }> {
  return await withTenant(db, tenantId, async (tx) => {
    const row = await findDeployment(tx, tenantId, deploymentId);
    if (row.driver !== "local") {
      throw APIError.failedPrecondition("A bundle has no services here.").withDetails({
        reason: "not_local",
      });
    }
    const { projectId, modelVersion: version } = row;
    const { model } = await findVersion(tx, tenantId, { projectId, version });
    const services = new LocalServices(
      settings,
      { tenantId, projectId, deploymentId: row.id },
      readStoredModel(model),
    );
    return { row, services };
  });
}
