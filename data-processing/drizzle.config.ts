import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "postgresql",
  schema: "./data-processing/schema.ts",
  out: "./data-processing/migrations",
});
