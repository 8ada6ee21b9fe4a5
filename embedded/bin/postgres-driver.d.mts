import type { Plugin } from "esbuild";

export function correctDriver(name: "connection.js" | "index.js", text: string): string | undefined;
export function postgresDriverPlugin(): Plugin;
