import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "postgresql",
  schema: "./tenant-management/schema.ts",
  out: "./tenant-management/migrations",
});
