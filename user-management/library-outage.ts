import { APIError, middleware } from "encore.dev/api";
import { db } from "./db.js";
import { requireDatabase } from "./domain/require-database.js";

/**
 * Better Auth tells of a failing database with an error of its own, which does not say what failed: the database is asked
 * once more, and its own error goes on instead.
 */
export const askDatabase = middleware({ target: {} }, async (request, next) => {
  try {
    return await next(request);
  } catch (error) {
    if (!(error instanceof APIError)) await requireDatabase(db);
    throw error;
  }
});
