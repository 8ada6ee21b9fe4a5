import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "postgresql",
  schema: "./api-gateway/schema.ts",
  out: "./api-gateway/migrations",
});
