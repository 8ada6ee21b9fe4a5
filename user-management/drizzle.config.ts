import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "postgresql",
  schema: "./user-management/schema.ts",
  out: "./user-management/migrations",
});
