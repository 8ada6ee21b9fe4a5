import { APIError } from "encore.dev/api";
import type { ProjectModel } from "../../generator/model/schema.js";
import { environmentNames } from "./service-environment.js";

const longestValue = 4_096;

/** Throws where a project cannot be deployed as asked: all that is wrong with ports and variables at once. */
export function requireLocalRequest(
  model: ProjectModel,
  request: {
    driver: string;
    ports: Record<string, number>;
    environment: Record<string, string>;
    enabled: boolean;
  },
): void {
  const { driver, ports, environment, enabled } = request;
  if (driver !== "local") {
    const given = Object.keys(ports).length > 0 ? "ports" : "environment";
    if (Object.keys(ports).length + Object.keys(environment).length === 0) return;
    throw APIError.invalidArgument(`${given}: only a local deployment takes it.`);
  }
  if (!enabled) {
    throw APIError.failedPrecondition(
      'The operator does not allow local deployments here: LocalDeployments is not "on", or the machine does not run Linux.',
    ).withDetails({ reason: "local_deployments_disabled" });
  }
  const problems = [...portProblems(model, ports), ...environmentProblems(model, environment)];
  if (problems.length === 0) return;
  const [first] = problems;
  throw APIError.invalidArgument(`${first!.path}: ${first!.message}`).withDetails({
    reason: problems.some(({ code }) => code === "environment_missing")
      ? "environment_missing"
      : "deployment_invalid",
    problems,
  });
}

interface Problem extends Record<string, string> {
  code: string;
  path: string;
  message: string;
}

function portProblems(model: ProjectModel, ports: Record<string, number>): Problem[] {
  const problems: Problem[] = [];
  const seen = new Set<number>();
  for (const [service, port] of Object.entries(ports)) {
    const path = `ports.${service}`;
    if (!model.services.some(({ name }) => name === service))
      problems.push({ code: "unknown_service", path, message: "The project has no such service." });
    if (!Number.isInteger(port) || port < 1024 || port > 65_535)
      problems.push({ code: "invalid_port", path, message: "A whole number from 1024 to 65535." });
    if (seen.has(port))
      problems.push({ code: "port_twice", path, message: `The port ${port} is given to two services.` });
    seen.add(port);
  }
  return problems;
}

function environmentProblems(model: ProjectModel, environment: Record<string, string>): Problem[] {
  const { known, needed } = environmentNames(model);
  const problems: Problem[] = [];
  for (const [name, value] of Object.entries(environment)) {
    const path = `environment.${name}`;
    if (!known.has(name))
      problems.push({
        code: "unknown_variable",
        path,
        message: `The project's services take ${[...known].toSorted().join(", ")}.`,
      });
    if (value.length > longestValue || value.includes("\0"))
      problems.push({ code: "invalid_value", path, message: `At most ${longestValue} characters of text.` });
  }
  for (const name of needed) {
    if (Object.hasOwn(environment, name)) continue;
    problems.push({
      code: "environment_missing",
      path: `environment.${name}`,
      message: "The project's services need it.",
    });
  }
  return problems;
}
