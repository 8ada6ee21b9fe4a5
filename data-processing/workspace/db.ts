import { SQLDatabase } from "encore.dev/storage/sqldb";

/** The built-in workspace: a schema for each tenant, made through functions of the schema `axion`. */
export const workspaceDb = new SQLDatabase("workspace", { migrations: "./migrations" });
