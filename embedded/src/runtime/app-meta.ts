import { host } from "./host.js";

/** The contract's numbering. */
export enum CloudProvider {
  AWS = 0,
  GCP = 1,
  Azure = 2,
  Encore = 3,
  Local = 4,
}

/** The contract's numbering. */
export enum EnvironmentType {
  Production = 0,
  Development = 1,
  Ephemeral = 2,
  Test = 3,
}

const CLOUDS = {
  aws: CloudProvider.AWS,
  gcp: CloudProvider.GCP,
  azure: CloudProvider.Azure,
  encore: CloudProvider.Encore,
  local: CloudProvider.Local,
};
const TYPES = {
  production: EnvironmentType.Production,
  development: EnvironmentType.Development,
  ephemeral: EnvironmentType.Ephemeral,
  test: EnvironmentType.Test,
};

const startedAt = new Date();

/** What the app may know of itself and of where it runs. */
export function appMeta() {
  const { meta, hosted } = host().config;
  return {
    appId: meta.appId,
    apiBaseUrl: meta.apiBaseUrl,
    environment: { name: meta.envName, type: TYPES[meta.envType], cloud: CLOUDS[meta.cloud] },
    build: { revision: meta.revision, uncommittedChanges: meta.uncommittedChanges },
    deploy: {
      id: meta.deployId,
      deployTime: startedAt.toISOString(),
      hostedServices: Object.fromEntries(hosted.services.map((name) => [name, { name }])),
    },
  };
}
