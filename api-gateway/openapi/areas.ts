/** The parts of the API, as its description groups them, by the paths they lie under. The first match counts. */
export const areas: { name: string; description: string; paths: RegExp }[] = [
  {
    name: "Authentication",
    description: "Sign up, sign in and out, sessions, tokens, passwords, second factor.",
    paths: /^\/api\/v1\/auth(\/|$)/,
  },
  {
    name: "Account",
    description: "Who calls, and what they may do.",
    paths: /^\/api\/v1\/(me|users|invitations)(\/|$)/,
  },
  {
    name: "Data sources",
    description: "Databases to convert from and to.",
    paths: /^\/api\/v1\/tenants\/\{[^}]+\}\/data-sources(\/|$)/,
  },
  {
    name: "Members and keys",
    description: "Members, invitations, roles and API keys of an organization.",
    paths: /^\/api\/v1\/(tenants\/\{[^}]+\}\/)?(members|invitations|roles|api-keys)(\/|$)/,
  },
  {
    name: "Organizations",
    description: "Organizations (tenants), their plans, limits and settings.",
    paths: /^\/api\/v1\/tenants(\/|$)/,
  },
  {
    name: "Rules",
    description: "Conversion rules and their versions.",
    paths: /^\/api\/v1\/conversion\/rules(\/|$)/,
  },
  {
    name: "Conversion",
    description: "Previews, executions, jobs, expressions and triggers.",
    paths: /^\/api\/v1\/(conversion|triggers|conversions)(\/|$)/,
  },
  {
    name: "Schemas",
    description: "What a data source holds, and suggested mappings.",
    paths: /^\/api\/v1\/schemas?(\/|$)/,
  },
  {
    name: "Workspace",
    description: "The built-in data source: entities and records kept by Axion itself.",
    paths: /^\/api\/v1\/workspace(\/|$)/,
  },
  {
    name: "Audit and events",
    description:
      "What was done by whom, what happened to a record, events, dead letters and incidents, ingestion.",
    paths: /^\/api\/v1\/(audit|dead-letters|events|incidents|timeline)(\/|$)/,
  },
  {
    name: "Notifications",
    description: "What people and programs are told: in the application, by mail, by webhook.",
    paths: /^\/api\/v1\/(notifications?|webhooks)(\/|$)/,
  },
  {
    name: "Projects",
    description: "Projects and the services generated from them.",
    paths: /^\/api\/v1\/projects(\/|$)/,
  },
  {
    name: "System",
    description: "Overview, health and this description.",
    paths: /^\/api\/v1\//,
  },
];

/** The area of a path. */
export function areaOf(path: string): string {
  return areas.find(({ paths }) => paths.test(path))?.name ?? "System";
}
