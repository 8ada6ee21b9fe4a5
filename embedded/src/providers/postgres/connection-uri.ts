import { withDatabase } from "./connect.js";
import { appUrl, managedDatabase } from "./roles.js";

/** How a tool connects to a database that the host manages: as the app does, or as the administrator. */
export function connectionUri(adminUrl: string, database: string, role: "app" | "owner"): string {
  return role === "app"
    ? appUrl(adminUrl, managedDatabase(database, adminUrl))
    : withDatabase(adminUrl, database);
}
