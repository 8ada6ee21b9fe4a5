import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "postgresql",
  schema: "./event-management/audit/schema.ts",
  out: "./event-management/audit/migrations",
});
