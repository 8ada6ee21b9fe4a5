import { APIError } from "encore.dev/api";
import type { Permission } from "../user-management/types.js";

/** No permission is asked: every member of a tenant may call the endpoint. The text says why. */
interface AnyMember {
  anyMember: string;
}

/** One permission, or several of which one is enough. */
type Requirement = Permission | Permission[] | AnyMember;

/**
 * What each authenticated endpoint of the gateway asks of its caller. An endpoint that is not listed is refused,
 * whoever calls.
 */
export const endpointPermissions: Record<string, Requirement> = {
  me: { anyMember: "tells callers about themselves" },
  getOverview: { anyMember: "each part asks for its own permission" },
  checkPermissions: { anyMember: "tells callers about themselves; others are asked for with member:manage" },
  createTenant: { anyMember: "every person may found an organization" },
  listMyTenants: { anyMember: "tells callers about themselves" },

  listMembers: "member:manage",
  changeMemberRole: "member:manage",
  removeMember: "member:manage",
  leaveTenant: { anyMember: "every member may leave" },
  createInvitation: "member:manage",
  listInvitations: "member:manage",
  revokeInvitation: "member:manage",
  listMyInvitations: { anyMember: "tells callers about themselves" },
  getMyInvitation: { anyMember: "tells callers about themselves" },
  acceptInvitation: { anyMember: "the invited person alone can, who is no member yet" },
  listRoles: ["member:manage", "apikey:manage"],
  createRole: "member:manage",
  updateRole: "member:manage",
  deleteRole: "member:manage",
  createApiKey: "apikey:manage",
  listApiKeys: "apikey:manage",
  rotateApiKey: "apikey:manage",
  revokeApiKey: "apikey:manage",

  createRule: "conversion:create",
  listRules: "schema:read",
  getRule: "schema:read",
  updateRule: "conversion:create",
  listRuleVersions: "schema:read",
  activateRule: "conversion:create",
  exportRules: "schema:read",
  importRules: "conversion:create",
  importLegacyRules: "conversion:create",
  retireRule: "conversion:create",
  getRuleStatistics: "schema:read",
  previewConversion: ["conversion:create", "conversion:execute"],
  previewSample: ["conversion:create", "conversion:execute"],
  explainConversion: ["conversion:create", "conversion:execute"],
  runShadow: ["conversion:create", "conversion:execute"],
  listShadowRuns: "schema:read",
  getShadowRun: "schema:read",
  listShadowDifferences: "schema:read",
  startRollout: "conversion:create",
  getRollout: "schema:read",
  changeRollout: "conversion:create",
  finishRollout: "conversion:create",
  abortRollout: "conversion:create",
  executeConversion: "conversion:execute",
  undoConversion: "conversion:undo",
  undoJob: "conversion:undo",
  startJob: "conversion:execute",
  listJobs: "schema:read",
  getJob: "schema:read",
  listJobFailures: "schema:read",
  downloadJobFailures: "schema:read",
  cancelJob: "conversion:execute",
  pauseJob: "conversion:execute",
  resumeJob: "conversion:execute",
  retryJob: "conversion:execute",
  evaluateExpression: ["conversion:create", "conversion:execute"],
  listExpressionFunctions: "schema:read",
  checkTriggers: "conversion:execute",
  listTriggerSources: "schema:read",
  getTriggerSource: "schema:read",
  stopTriggerSource: "conversion:create",
  startTriggerSource: "conversion:create",
  listTriggerRuns: "schema:read",
  retryTriggerRun: "conversion:execute",
  discardTriggerRun: "conversion:execute",

  analyzeEntity: "schema:read",
  refreshSchemas: "schema:read",
  listEntities: "schema:read",
  suggestMapping: "schema:read",

  createWorkspaceEntity: "source:manage",
  listWorkspaceEntities: "schema:read",
  loadRecords: "source:manage",
  listRecords: "schema:read",
  getRecord: "schema:read",

  getAuditTrail: "audit:view",
  listAuditEntries: "audit:view",
  verifyAudit: "audit:view",
  exportAuditLog: "audit:export",
  recordActivity: "event:ingest",
  realtime: { anyMember: "each topic asks for its own permission; notifications are everybody's own" },
  ingestEvents: "event:ingest",
  ingestEventsUnversioned: "event:ingest",

  getEventCatalogue: { anyMember: "says what kinds of events there are, and nothing of a tenant" },
  listEvents: "audit:view",
  getEvent: "audit:view",
  getTimeline: "audit:view",
  rebuildTimeline: "deadletter:manage",
  startEventReplay: "deadletter:manage",
  listEventReplays: "deadletter:manage",
  getEventReplay: "deadletter:manage",
  cancelEventReplay: "deadletter:manage",
  listDeadLetters: "deadletter:manage",
  getDeadLetter: "deadletter:manage",
  editDeadLetter: "deadletter:manage",
  replayDeadLetter: "deadletter:manage",
  replayDeadLetters: "deadletter:manage",
  discardDeadLetter: "deadletter:manage",
  listIncidents: "deadletter:manage",

  getTenant: "schema:read",
  updateTenant: "tenant:manage",
  getTenantLimits: "schema:read",
  getCorsOrigins: "schema:read",
  setCorsOrigins: "tenant:manage",
  suspendTenant: "tenant:manage",
  resumeTenant: "tenant:manage",
  requestTenantDeletion: "tenant:manage",
  getTenantDeletion: "tenant:manage",
  cancelTenantDeletion: "tenant:manage",
  startTenantExport: "tenant:manage",
  listTenantExports: "tenant:manage",
  getTenantExport: "tenant:manage",
  deleteTenantExport: "tenant:manage",
  downloadTenantExport: "tenant:manage",
  getConversionConfig: "schema:read",
  updateConversionConfig: "tenant:manage",
  getNotificationSettings: "schema:read",
  updateNotificationSettings: "notification:manage",
  createDataSource: "source:manage",
  listDataSources: "schema:read",
  getDataSource: "schema:read",
  updateDataSource: "source:manage",
  deleteDataSource: "source:manage",
  testDataSource: "source:manage",
  testDataSourceSettings: "source:manage",

  listNotifications: { anyMember: "every member has notifications" },
  getNotification: { anyMember: "every member has notifications" },
  countUnreadNotifications: { anyMember: "counts for the caller alone" },
  markNotificationRead: { anyMember: "marks for the caller alone" },
  markAllNotificationsRead: { anyMember: "marks for the caller alone" },
  getNotificationPreferences: { anyMember: "every member has preferences" },
  setNotificationPreferences: { anyMember: "sets for the caller alone" },
  listNotifiableEventTypes: { anyMember: "tells what can be chosen, nothing of a tenant" },
  sendConversionNotification: "notification:manage",
  listMails: "notification:manage",
  listWaitingMails: "notification:manage",
  listNotificationTemplates: "notification:manage",
  getNotificationTemplate: "notification:manage",
  putNotificationTemplate: "notification:manage",
  deleteNotificationTemplate: "notification:manage",
  previewNotificationTemplate: "notification:manage",

  createWebhook: "notification:manage",
  listWebhooks: "notification:manage",
  getWebhook: "notification:manage",
  updateWebhook: "notification:manage",
  deleteWebhook: "notification:manage",
  rotateWebhookSecret: "notification:manage",
  pauseWebhook: "notification:manage",
  enableWebhook: "notification:manage",
  testWebhook: "notification:manage",
  listWebhookDeliveries: "notification:manage",
  getWebhookDelivery: "notification:manage",
  resendWebhookDelivery: "notification:manage",

  createProject: "project:create",
  listProjects: "schema:read",
  getProject: "schema:read",
  getProjectGraph: "schema:read",
  checkProjectModel: "project:create",
  replaceProject: "project:create",
  changeProject: "project:create",
  deleteProject: "project:create",
  archiveProject: "project:create",
  restoreProject: "project:create",
  listProjectVersions: "schema:read",
  getProjectVersion: "schema:read",
  diffProjectVersions: "schema:read",
  rebuildProject: "deadletter:manage",
  generateProject: "project:generate",
  listGenerations: "schema:read",
  getGeneration: "schema:read",
  cancelGeneration: "project:generate",
  listGenerationFiles: "schema:read",
  getGenerationFile: "schema:read",
  diffGeneration: "schema:read",
  downloadGeneration: "schema:read",
  startDeployment: "project:deploy",
  listDeployments: "schema:read",
  getDeployment: "schema:read",
  stopDeployment: "project:deploy",
  restartDeployment: "project:deploy",
  readDeploymentLog: "project:deploy",
  readDeploymentMetrics: "schema:read",
  downloadDeployment: "schema:read",
};

/** Whether callers of the endpoint need no permission, and so no organization. */
export function isOpenToAnyone(endpoint: string): boolean {
  const requirement = Object.hasOwn(endpointPermissions, endpoint) && endpointPermissions[endpoint];
  return typeof requirement === "object" && "anyMember" in requirement;
}

/** Throws `permissionDenied`, naming what is missing, unless `granted` is enough for the endpoint. */
export function requirePermissionFor(endpoint: string, granted: string[]): void {
  const requirement = Object.hasOwn(endpointPermissions, endpoint)
    ? endpointPermissions[endpoint]
    : undefined;
  if (requirement === undefined) {
    throw APIError.permissionDenied(`No permission is defined for the endpoint ${endpoint}.`);
  }
  if (typeof requirement === "object" && "anyMember" in requirement) return;
  const enough = typeof requirement === "string" ? [requirement] : requirement;
  if (enough.some((permission) => granted.includes(permission))) return;
  throw APIError.permissionDenied(`This needs the permission ${enough.join(" or ")}.`).withDetails({
    reason: "permission_missing",
    permissions: enough,
  });
}
