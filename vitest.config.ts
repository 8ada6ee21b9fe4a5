import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** Tests start with `axion test`, which gives them the app's databases; those of `embedded/` start hosts of their own. */
export default defineConfig({
  resolve: {
    alias: { "~encore": fileURLToPath(new URL("./encore.gen", import.meta.url)) },
  },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: "app",
          include: ["**/*.test.ts"],
          exclude: [
            "**/node_modules/**",
            "**/encore.gen/**",
            "**/.*/**",
            "embedded/**",
            "examples/generated/**",
          ],
          hookTimeout: 60_000,
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: "embedded",
          include: ["embedded/**/*.test.ts"],
          exclude: ["**/node_modules/**", "**/dist/**", "**/.*/**"],
          hookTimeout: 120_000,
          testTimeout: 60_000,
        },
      },
    ],
  },
});
