import type { HostConfig } from "../runtime/host-config.js";
import type { Options } from "./command.js";
import { usageError } from "./user-error.js";

const DEFAULT_PORT = 4000;

/** Where to listen: flags, then PORT, then port 4000; on this machine only, unless a configuration says this is a deployment. */
export function addressOf(options: Options, isDeployment: boolean): HostConfig["http"] {
  const flag = options.string("port");
  const text = flag ?? process.env.PORT;
  const port = text === undefined || text === "" ? DEFAULT_PORT : Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw usageError(`${flag === undefined ? "PORT" : "--port"} is a number from 0 to 65535, not "${text}"`);
  }
  return { host: options.string("host") ?? (isDeployment ? "0.0.0.0" : "127.0.0.1"), port };
}
