import type { Command, OptionSpec } from "./command.js";

const app: OptionSpec = {
  type: "string",
  value: "DIR",
  help: "folder of the app (default: here or above, where encore.app is)",
};
const port: OptionSpec = { type: "string", value: "N", help: "port to listen on (default: 4000, or PORT)" };
const host: OptionSpec = {
  type: "string",
  value: "ADDR",
  help: "address to listen on (default: localhost; all with an infra config)",
};
const config: OptionSpec = {
  type: "string",
  value: "FILE",
  help: "infra config: databases, brokers, buckets … of this environment",
};
const timing: OptionSpec = { type: "boolean", help: "print how long each phase of the start took" };

/** Every command, in the order of `axion --help`. */
export const COMMANDS: Command[] = [
  {
    name: "start",
    summary: "run the app",
    usage: "[--app DIR] [--port N] [--config FILE] [--services a,b]",
    details: [
      "Reads the app, generates and bundles what changed, starts and migrates its databases, and serves it.",
      "With --services only these services run in this process; the infra config says where the others are.",
      "The gateway runs where the service that declares it runs, unless --gateway or --no-gateway says otherwise.",
    ].join("\n"),
    options: {
      app,
      port,
      host,
      config,
      services: { type: "string", value: "a,b", help: "run only these services in this process" },
      gateway: { type: "boolean", help: "also serve the gateway, whatever --services says" },
      "no-gateway": { type: "boolean", help: "do not serve the gateway" },
      timing,
    },
    load: async () => (await import("./start.js")).start,
  },
  {
    name: "dev",
    summary: "run the app and restart it on changes",
    usage: "[--app DIR] [--port N] [--config FILE]",
    details:
      "An app with errors is not started: the version that ran last stays up until the errors are gone.",
    options: { app, port, host, config },
    load: async () => (await import("./dev.js")).dev,
  },
  {
    name: "check",
    summary: "check the app and report every problem",
    usage: "[--app DIR] [--json] [--generate]",
    options: {
      app,
      json: { type: "boolean", help: "print the problems as JSON" },
      generate: { type: "boolean", help: "also write encore.gen/, so that the app can be type-checked" },
    },
    load: async () => (await import("./check.js")).check,
  },
  {
    name: "gen",
    summary: "generate a client or an API description",
    usage: "client --lang typescript|openapi --output FILE [--services a,b] [--exclude c]",
    details: [
      "typescript: one file with a typed client for browsers and Node. openapi: OpenAPI 3.1 as JSON.",
      "Only exposed endpoints are described. --output - prints to standard output.",
    ].join("\n"),
    positionals: ["client"],
    options: {
      app,
      lang: {
        type: "string",
        value: "LANG",
        help: "typescript or openapi (default: from the name of the output file)",
      },
      output: { type: "string", value: "FILE", help: "file to write, or - for standard output" },
      services: { type: "string", value: "a,b", help: "only these services" },
      exclude: { type: "string", value: "a,b", help: "not these services" },
      tags: { type: "string", value: "a,b", help: "only endpoints with one of these tags" },
      "exclude-tags": { type: "string", value: "a,b", help: "no endpoints with one of these tags" },
      server: {
        type: "string",
        value: "URL",
        help: "openapi: where the API is (default: http://localhost:4000)",
      },
      dates: {
        type: "string",
        value: "KIND",
        help: "typescript: string (as sent, the default) or date (Date objects)",
      },
    },
    load: async () => (await import("./gen.js")).gen,
  },
  {
    name: "test",
    summary: "run the app's tests with vitest, each file on databases of its own",
    usage: "[--app DIR] [--infra FILE] [arguments of vitest]",
    details: "Everything else on the command line goes to `vitest run`.",
    options: {
      app,
      infra: {
        ...config,
        help: "infra config, such as one with Kafka: each test file has topics of its own",
      },
    },
    passThrough: true,
    load: async () => (await import("./test.js")).test,
  },
  {
    name: "build",
    summary: "write a production folder with a Dockerfile",
    usage: "[--app DIR] [--output DIR] [--config FILE] [--services a,b] [--include PATHS]",
    details: [
      "The folder holds the bundle, the host, migrations, files that are served, a package.json with the exact",
      "versions installed here, and a Dockerfile. Run it there: npm ci --omit=dev && node start.mjs --config FILE.",
    ].join("\n"),
    options: {
      app,
      output: { type: "string", value: "DIR", help: "folder to write (default: dist/axion in the app)" },
      config: { type: "string", value: "FILE", help: "infra config to put into the folder" },
      services: { type: "string", value: "a,b", help: "only these services" },
      include: {
        type: "string",
        value: "PATHS",
        help: "further files or folders that the app reads, separated by commas",
      },
    },
    load: async () => (await import("./build.js")).build,
  },
  {
    name: "db",
    summary: "print the connection string of a database",
    usage: "conn-uri NAME [--app DIR] [--role app|owner]",
    positionals: ["conn-uri", "NAME"],
    options: {
      app,
      config,
      role: {
        type: "string",
        value: "ROLE",
        help: "app (what the services use, the default) or owner (migrations)",
      },
    },
    load: async () => (await import("./db.js")).db,
  },
];
