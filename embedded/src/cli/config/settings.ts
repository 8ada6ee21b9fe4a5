import { resolve } from "node:path";
import { SetupError } from "../../providers/setup-error.js";
import type { HostedSelection } from "../hosted.js";
import type { Environment, InfraConfig } from "./infra-schema.js";
import { readInfraConfig } from "./read-infra-config.js";

/** What the configuration file and the environment say, before the app is known. */
export interface Settings {
  /** The file, as the user named it. */
  file: string | undefined;
  infra: InfraConfig;
  env: Environment;
  /** Address of an administrator of a Postgres server on which the host makes the databases itself. */
  adminUrl: string | undefined;
  /** True when nothing names another server, so that the embedded Postgres may be started before the app is read. */
  embeddedPostgres: boolean;
  /** From `hosted_services` and `hosted_gateways`. */
  hosted: HostedSelection;
  warnings: string[];
}

/** Reads configuration file and environment. Throws a `SetupError` that lists every problem. */
export function readSettings(options: { configFile?: string | undefined; env: Environment }): Settings {
  const { configFile, env } = options;
  const { infra, warnings } =
    configFile === undefined
      ? { infra: {} as InfraConfig, warnings: [] }
      : readInfraConfig(resolve(configFile), env);
  const adminUrl = adminUrlOf(env);
  if (infra.metrics !== undefined) {
    warnings.push(
      `metrics are not pushed to ${infra.metrics.type} by this host: let Prometheus or an agent read /__axion/metrics`,
    );
  }
  return {
    file: configFile,
    infra,
    env,
    adminUrl,
    embeddedPostgres: adminUrl === undefined && (infra.sql_servers ?? []).length === 0,
    hosted: {
      ...(infra.hosted_services ? { services: infra.hosted_services } : {}),
      ...(infra.hosted_gateways ? { gateway: infra.hosted_gateways.length > 0 } : {}),
    },
    warnings,
  };
}

/** `AXION_POSTGRES_URL`, or the variables that Encore's command line reads for a server of one's own. */
function adminUrlOf(env: Environment): string | undefined {
  const { AXION_POSTGRES_URL: own, ENCORE_SQLDB_HOST: host } = env;
  if (own) {
    if (!/^postgres(ql)?:\/\/[^/]/.test(own) || !URL.canParse(own)) {
      throw new SetupError("AXION_POSTGRES_URL is not the address of a Postgres server", {
        fix: "write it as postgresql://user:password@host:5432/postgres",
      });
    }
    const url = new URL(own);
    if (url.pathname.length <= 1) url.pathname = "/postgres";
    return url.href;
  }
  if (!host) return undefined;
  const url = new URL("postgresql://localhost/");
  url.host = host;
  url.username = encodeURIComponent(env.ENCORE_SQLDB_USER || "postgres");
  url.password = encodeURIComponent(env.ENCORE_SQLDB_PASSWORD || "postgres");
  url.pathname = `/${encodeURIComponent(env.ENCORE_SQLDB_DATABASE || "postgres")}`;
  return url.href;
}
