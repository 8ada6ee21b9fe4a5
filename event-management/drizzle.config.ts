import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "postgresql",
  schema: "./event-management/schema.ts",
  out: "./event-management/migrations",
});
