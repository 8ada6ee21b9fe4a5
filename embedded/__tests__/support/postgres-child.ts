import { ensurePostgres } from "../../src/providers/postgres/index.js";

/** Starts or joins an app's Postgres, says how, and stays until it is killed; `SIGTERM` leaves properly. */
const [appDir = ""] = process.argv.slice(2);
const server = await ensurePostgres({ appDir, log: () => {} });
const alive = setInterval(() => {}, 1000);
process.once("SIGTERM", () => {
  clearInterval(alive);
  void server.release();
});
process.stdout.write(`${JSON.stringify({ adminUrl: server.adminUrl, booted: server.booted })}\n`);
