import type { ProjectModel, ServiceModel } from "../../model/schema.js";
import type { PackageName } from "../../versions.js";

/** A file of a service: where it lies below the service's folder, its template below `service/`, and what that shows. */
export interface FeatureFile {
  path: string;
  template: string;
  view?: object;
}

/** A variable of a service's environment. `config.ts`, the README, compose files and the dev runner come from these. */
export interface ConfigEntry {
  name: string;
  /** valibot schema of the text, e.g. `address` (see `views/config-view.ts`) or `v.picklist(["a", "b"])`. */
  schema: string;
  /** Value where the environment has none. Without one it is needed, unless it is `optional`. */
  default?: string;
  optional?: boolean;
  /** Value that `npm run dev` and the tests give it, where that is not the default. */
  development?: string;
  /** Value that the compose and stack files give it, behind the edge, where that is not the default. */
  deployed?: string;
  /** Nobody should read it: compose takes it from the environment and has no value for it. */
  secret?: boolean;
  /** One line of plain text. */
  description: string;
}

/** A function of a module of the service that another file calls. */
export interface Step {
  /** Below `src/`, e.g. `./events/relay.js`. */
  module: string;
  name: string;
}

/** A step of start or stop. */
export interface LifecycleStep extends Step {
  /** Statement without its semicolon, e.g. `await startRelay()`. */
  call: string;
}

/** What a service cannot answer requests without: the function rejects where it does not answer. */
export interface ReadyStep extends Step {
  /** As people call it: `the database`. */
  what: string;
}

export interface ConfigRule {
  condition: string;
  message: string;
}

/** A part of a service that it has or has not. */
export interface Feature {
  files?: FeatureFile[];
  /** Packages that the service's code imports. */
  packages?: PackageName[];
  /** Scripts of its package.json. */
  scripts?: Record<string, string>;
  config?: ConfigEntry[];
  /** What must hold between variables: an expression over `env` and what is said where it is false. */
  configRules?: ConfigRule[];
  /** Called by `main.ts` in this order once the service listens. */
  start?: LifecycleStep[];
  /** Called by `main.ts` when the last request was answered, those of later features first. */
  stop?: LifecycleStep[];
  /** Asked by `/ready`. */
  ready?: ReadyStep[];
  /** Functions that give lines of `/metrics` in the text format of Prometheus: `() => string[]`. */
  metrics?: Step[];
}

export type FeatureOf = (project: ProjectModel, service: ServiceModel) => Feature;

/** All features of a service as one. What several of them bring is there once. */
export function mergeFeatures(features: readonly Feature[]): Required<Feature> {
  const stepKey = ({ module, name }: Step) => `${module} ${name}`;
  return {
    files: once(
      features.flatMap(({ files = [] }) => files),
      ({ path }) => path,
    ),
    packages: [...new Set(features.flatMap(({ packages = [] }) => packages))],
    scripts: Object.assign({}, ...features.map(({ scripts = {} }) => scripts)),
    config: once(
      features.flatMap(({ config = [] }) => config),
      ({ name }) => name,
    ),
    configRules: features.flatMap(({ configRules = [] }) => configRules),
    start: once(
      features.flatMap(({ start = [] }) => start),
      stepKey,
    ),
    stop: once(
      features.toReversed().flatMap(({ stop = [] }) => stop),
      stepKey,
    ),
    ready: once(
      features.flatMap(({ ready = [] }) => ready),
      stepKey,
    ),
    metrics: once(
      features.flatMap(({ metrics = [] }) => metrics),
      stepKey,
    ),
  };
}

function once<T>(values: T[], key: (value: T) => string): T[] {
  return [...new Map(values.toReversed().map((value) => [key(value), value])).values()].toReversed();
}
