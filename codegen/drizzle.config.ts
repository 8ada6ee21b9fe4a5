import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "postgresql",
  schema: "./codegen/schema.ts",
  out: "./codegen/migrations",
});
