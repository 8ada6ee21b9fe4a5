import path from "node:path";
import { secret } from "encore.dev/config";
import { isLocalDevelopment } from "../shared/environment.js";
import { optionalSecret } from "../shared/secrets/optional-secret.js";

/** `on` or `off`: whether generated services may run as processes of this machine. On in development alone by default. */
const localDeployments = secret("LocalDeployments");
/** Postgres server for the databases of deployments, as a role that may make databases and roles. */
const deploymentPostgresUrl = secret("DeploymentPostgresUrl");
/** Folder of deployments; `.axion/deployments` of the app by default. */
const deploymentFolder = secret("DeploymentFolder");

/** How the driver `local` works here. */
export interface LocalSettings {
  enabled: boolean;
  folder: string;
  /** Absent: a Postgres of its own is started below the folder, in development. */
  postgresUrl?: string;
}

/** Reads the operator's settings. Throws where one of them cannot be. */
export function localSettings(): LocalSettings {
  const development = isLocalDevelopment();
  const wanted = optionalSecret(localDeployments) ?? (development ? "on" : "off");
  if (wanted !== "on" && wanted !== "off") throw new Error('LocalDeployments: must be "on" or "off".');
  const postgresUrl = optionalSecret(deploymentPostgresUrl);
  return {
    enabled: wanted === "on" && process.platform === "linux",
    folder: path.resolve(optionalSecret(deploymentFolder) ?? ".axion/deployments"),
    ...(postgresUrl === undefined ? {} : { postgresUrl }),
  };
}
