import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { api_gateway } from "~encore/clients";
import type { AppModel, Endpoint } from "../../embedded/src/model/app-model.js";
import { loadApp } from "../../embedded/src/model/load-app.js";
import { newCaller } from "../../shared/__tests__/callers.js";
import { endpointPermissions } from "../permissions.js";

/** Endpoints that anyone may call, and why. */
const publicEndpoints: Record<string, string> = {
  "api-gateway.health": "load balancers ask without an identity, and the answer tells nothing",
  "api-gateway.signIn": "signing up and in is how a caller comes to a credential",
  "api-gateway.listDevelopmentMails":
    "shows the mails of a developer's own machine, before there is an account; not found anywhere else",
  "api-gateway.getDeletionReceipt":
    "opened by an unguessable id when nobody belongs to the tenant any more; tells counts alone",
  "api-gateway.getAuditKeys": "public keys, with which anybody proves an exported audit log",
  "api-gateway.getProjectModelSchema": "the JSON Schema of project models, which says nothing of anybody",
  "api-gateway.getRuleSchema": "the JSON Schema of files of rules, which says nothing of anybody",
  "api-gateway.getOpenApi":
    "a description of the API holds no data, and tools read it before they have a credential",
  "api-gateway.docs": "the reference page shows that description",
  "api-gateway.docsAssets": "files of the reference page",
};

/** Where the public API lies; pages for people beside it. */
const publicPaths = /^\/(api\/v1\/.+|api\/events|docs|docs\/\*file)$/;

let model: AppModel;
const nameOf = (endpoint: Endpoint) => `${endpoint.service}.${endpoint.name}`;

beforeAll(async () => {
  const app = await loadApp({ appDir: path.resolve(import.meta.dirname, "../..") });
  expect(app.diagnostics.filter((diagnostic) => diagnostic.severity === "error")).toEqual([]);
  model = app.model!;
});

describe("the public door", () => {
  it("is the gateway alone: no other service exposes an endpoint", () => {
    const exposed = model.endpoints.filter((endpoint) => endpoint.expose);
    expect(exposed.length).toBeGreaterThan(40);
    expect(exposed.filter((endpoint) => endpoint.service !== "api-gateway").map(nameOf)).toEqual([]);
  });

  it("asks for authentication wherever no reason is stated", () => {
    const open = model.endpoints.filter((endpoint) => endpoint.expose && !endpoint.auth).map(nameOf);
    expect(open.sort()).toEqual(Object.keys(publicEndpoints).sort());
  });

  it("names a permission, or a reason for none, for every authenticated endpoint and for nothing else", () => {
    const authenticated = model.endpoints.filter(
      (endpoint) => endpoint.service === "api-gateway" && endpoint.auth,
    );
    expect(authenticated.map((endpoint) => endpoint.name).sort()).toEqual(
      Object.keys(endpointPermissions).sort(),
    );
  });

  it("lies under /api/v1, save the reference page", () => {
    const elsewhere = model.endpoints.filter(
      (endpoint) => endpoint.expose && !publicPaths.test(endpoint.rawPath),
    );
    expect(elsewhere.map(nameOf)).toEqual([]);
  });

  it("refuses callers without the permission and lets those with it through", async () => {
    const viewer = newCaller("schema:read");
    const refused = api_gateway.createProject({ name: "shop", model: {} }, { authData: viewer });
    await expect(refused).rejects.toMatchObject({
      code: "permission_denied",
      details: { reason: "permission_missing", permissions: ["project:create"] },
    });
    expect(await api_gateway.listProjects({}, { authData: viewer })).toEqual({ projects: [] });
  });

  it("lets members ask for others' permissions only if they manage members", async () => {
    const asking = api_gateway.checkPermissions({ userId: newCaller().userID }, { authData: newCaller() });
    await expect(asking).rejects.toMatchObject({ code: "permission_denied" });
  });
});
