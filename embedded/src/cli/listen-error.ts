import { UserError } from "./user-error.js";

/** Says what keeps the server from listening, where that is the user's to mend. */
export function listenError(error: Error, address: { host: string; port: number }): Error {
  const code = "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE") {
    return new UserError(`port ${address.port} is in use`, {
      fix: `Stop what listens there, or choose another port: --port ${address.port + 1}`,
      cause: error,
    });
  }
  if (code === "EACCES") {
    return new UserError(`port ${address.port} may not be opened by this user`, {
      fix: "Choose a port from 1024 on: --port 4000",
      cause: error,
    });
  }
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND") {
    return new UserError(`this machine has no address ${address.host}`, {
      fix: "Choose another: --host localhost",
      cause: error,
    });
  }
  return error;
}
