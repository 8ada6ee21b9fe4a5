// Generated from the app's API; changes are overwritten. All of it is one file that imports nothing: whoever calls the
// API, such as a front end in another repository, takes the client by copying this file.

/* eslint-disable */

/** A client of the API, with a member for each service. */
export class Client {
  public readonly api_gateway: api_gateway.ServiceClient;

  /** `target` is where the API is; see `Local`. */
  constructor(
    private readonly target: BaseURL,
    private readonly options: ClientOptions = {},
  ) {
    const base = new BaseClient(target, options);
    this.api_gateway = new api_gateway.ServiceClient(base);
  }

  /** A client like this one, with some options changed. */
  public with(options: ClientOptions): Client {
    return new Client(this.target, { ...this.options, ...options });
  }
}

export default Client;

/** Asked for the credentials of each request. */
export type AuthDataGenerator = () => api_gateway.AuthParams | undefined | Promise<api_gateway.AuthParams | undefined>;

export interface ClientOptions {
  /** Sends requests in place of the built-in `fetch`. */
  fetcher?: Fetcher;
  /** What every request starts from, e.g. `credentials` or headers. */
  requestInit?: Omit<RequestInit, "headers"> & { headers?: Record<string, string> };
  /** Credentials, or a function that gives them for each request. */
  auth?: api_gateway.AuthParams | AuthDataGenerator;
}

/** The public API, `/api/v1`: authenticates callers, checks their permissions, and hands on to the services. */
export namespace api_gateway {
  export interface ActivateRuleIfMatch {
    /** The rule's ETag, as a read of it gave: the change is refused with 412 where the rule has changed since. */
    ifMatch?: string;
    ruleId: string;
    /** Refuses with `aborted` (reason `revision_changed`) where the rule is at another revision. */
    expectedRevision?: number;
  }

  export interface AuthParams {
    /** `Bearer` and a session's token, a JSON Web Token or an API key. */
    authorization?: string;
    /** An API key. */
    apiKey?: string;
    forwardedFor?: string;
  }

  export interface ChangeProjectIfMatch {
    /** The project's ETag, as a read of it gave: the change is refused with 412 where the project has changed since. */
    ifMatch?: string;
    projectId: string;
    name?: string;
    description?: string;
    /** The whole model. Either this or `modelText`. */
    model?: shared.JsonValue;
    /** The whole model as text, in JSON or YAML 1.2; at most 500,000 characters. */
    modelText?: string;
    /** Takes the new model though callers or consumers of the one before break. */
    acceptBreaking?: boolean;
    /** Refuses with `aborted` (reason `revision_changed`) where the project is at another revision. */
    expectedRevision?: number;
  }

  export interface DeleteProjectIfMatch {
    /** The project's ETag, as a read of it gave: the change is refused with 412 where the project has changed since. */
    ifMatch?: string;
    projectId: string;
    /** Refuses with `aborted` (reason `revision_changed`) where the project is at another revision. */
    expectedRevision?: number;
  }

  export interface HealthResponse {
    status: "ok";
  }

  /** The caller: who they are, in which tenant, and what they may do. */
  export interface MeResponse {
    user: user_management.Person;
    /** Absent for a person who works in no tenant yet. */
    tenant?: tenant_management.Tenant;
    permissions: user_management.Permission[];
    /** The caller's roles in the tenant. */
    roles: string[];
    /** How the caller proved who they are. */
    credential?: user_management.CredentialKind;
  }

  export interface RecordActivityRequest {
    /** What happened, kebab-case past tense: `lead-imported`. */
    eventType: string;
    ruleId?: string;
    sourceRecordId?: string;
    targetRecordId?: string;
    details?: { [key: string]: shared.JsonValue };
  }

  export interface RetireRuleIfMatch {
    /** The rule's ETag, as a read of it gave: the change is refused with 412 where the rule has changed since. */
    ifMatch?: string;
    ruleId: string;
    /** Refuses with `aborted` (reason `revision_changed`) where the rule is at another revision. */
    expectedRevision?: number;
  }

  export interface UpdateRuleIfMatch {
    /** The rule's ETag, as a read of it gave: the change is refused with 412 where the rule has changed since. */
    ifMatch?: string;
    ruleId: string;
    definition: entity_conversion.RuleDefinitionInput;
    /** Refuses with `aborted` (reason `version_changed`) where the latest version is another one. */
    expectedVersion?: number;
    /** Refuses with `aborted` (reason `revision_changed`) where the rule is at another revision. */
    expectedRevision?: number;
  }

  /** The public API, `/api/v1`: authenticates callers, checks their permissions, and hands on to the services. */
  export class ServiceClient {
    constructor(private readonly baseClient: BaseClient) {
      this.createApiKey = this.createApiKey.bind(this);
      this.listApiKeys = this.listApiKeys.bind(this);
      this.rotateApiKey = this.rotateApiKey.bind(this);
      this.revokeApiKey = this.revokeApiKey.bind(this);
      this.getAuditTrail = this.getAuditTrail.bind(this);
      this.listAuditEntries = this.listAuditEntries.bind(this);
      this.verifyAudit = this.verifyAudit.bind(this);
      this.getAuditKeys = this.getAuditKeys.bind(this);
      this.recordActivity = this.recordActivity.bind(this);
      this.explainConversion = this.explainConversion.bind(this);
      this.previewSample = this.previewSample.bind(this);
      this.startRollout = this.startRollout.bind(this);
      this.getRollout = this.getRollout.bind(this);
      this.changeRollout = this.changeRollout.bind(this);
      this.finishRollout = this.finishRollout.bind(this);
      this.abortRollout = this.abortRollout.bind(this);
      this.runShadow = this.runShadow.bind(this);
      this.listShadowRuns = this.listShadowRuns.bind(this);
      this.getShadowRun = this.getShadowRun.bind(this);
      this.listShadowDifferences = this.listShadowDifferences.bind(this);
      this.undoConversion = this.undoConversion.bind(this);
      this.undoJob = this.undoJob.bind(this);
      this.previewConversion = this.previewConversion.bind(this);
      this.executeConversion = this.executeConversion.bind(this);
      this.startJob = this.startJob.bind(this);
      this.listJobs = this.listJobs.bind(this);
      this.getJob = this.getJob.bind(this);
      this.listJobFailures = this.listJobFailures.bind(this);
      this.cancelJob = this.cancelJob.bind(this);
      this.pauseJob = this.pauseJob.bind(this);
      this.resumeJob = this.resumeJob.bind(this);
      this.retryJob = this.retryJob.bind(this);
      this.evaluateExpression = this.evaluateExpression.bind(this);
      this.listExpressionFunctions = this.listExpressionFunctions.bind(this);
      this.createDataSource = this.createDataSource.bind(this);
      this.listDataSources = this.listDataSources.bind(this);
      this.getDataSource = this.getDataSource.bind(this);
      this.updateDataSource = this.updateDataSource.bind(this);
      this.deleteDataSource = this.deleteDataSource.bind(this);
      this.testDataSource = this.testDataSource.bind(this);
      this.testDataSourceSettings = this.testDataSourceSettings.bind(this);
      this.listDeadLetters = this.listDeadLetters.bind(this);
      this.getDeadLetter = this.getDeadLetter.bind(this);
      this.editDeadLetter = this.editDeadLetter.bind(this);
      this.replayDeadLetter = this.replayDeadLetter.bind(this);
      this.replayDeadLetters = this.replayDeadLetters.bind(this);
      this.discardDeadLetter = this.discardDeadLetter.bind(this);
      this.startDeployment = this.startDeployment.bind(this);
      this.listDeployments = this.listDeployments.bind(this);
      this.getDeployment = this.getDeployment.bind(this);
      this.stopDeployment = this.stopDeployment.bind(this);
      this.restartDeployment = this.restartDeployment.bind(this);
      this.readDeploymentLog = this.readDeploymentLog.bind(this);
      this.readDeploymentMetrics = this.readDeploymentMetrics.bind(this);
      this.listDevelopmentMails = this.listDevelopmentMails.bind(this);
      this.getEventCatalogue = this.getEventCatalogue.bind(this);
      this.listEvents = this.listEvents.bind(this);
      this.getEvent = this.getEvent.bind(this);
      this.startEventReplay = this.startEventReplay.bind(this);
      this.listEventReplays = this.listEventReplays.bind(this);
      this.getEventReplay = this.getEventReplay.bind(this);
      this.cancelEventReplay = this.cancelEventReplay.bind(this);
      this.listGenerations = this.listGenerations.bind(this);
      this.getGeneration = this.getGeneration.bind(this);
      this.cancelGeneration = this.cancelGeneration.bind(this);
      this.listGenerationFiles = this.listGenerationFiles.bind(this);
      this.getGenerationFile = this.getGenerationFile.bind(this);
      this.diffGeneration = this.diffGeneration.bind(this);
      this.health = this.health.bind(this);
      this.me = this.me.bind(this);
      this.checkPermissions = this.checkPermissions.bind(this);
      this.createTenant = this.createTenant.bind(this);
      this.listMyTenants = this.listMyTenants.bind(this);
      this.listIncidents = this.listIncidents.bind(this);
      this.createInvitation = this.createInvitation.bind(this);
      this.listInvitations = this.listInvitations.bind(this);
      this.revokeInvitation = this.revokeInvitation.bind(this);
      this.listMyInvitations = this.listMyInvitations.bind(this);
      this.getMyInvitation = this.getMyInvitation.bind(this);
      this.acceptInvitation = this.acceptInvitation.bind(this);
      this.listMembers = this.listMembers.bind(this);
      this.changeMemberRole = this.changeMemberRole.bind(this);
      this.removeMember = this.removeMember.bind(this);
      this.leaveTenant = this.leaveTenant.bind(this);
      this.listNotificationTemplates = this.listNotificationTemplates.bind(this);
      this.getNotificationTemplate = this.getNotificationTemplate.bind(this);
      this.putNotificationTemplate = this.putNotificationTemplate.bind(this);
      this.deleteNotificationTemplate = this.deleteNotificationTemplate.bind(this);
      this.previewNotificationTemplate = this.previewNotificationTemplate.bind(this);
      this.listNotifications = this.listNotifications.bind(this);
      this.getNotification = this.getNotification.bind(this);
      this.countUnreadNotifications = this.countUnreadNotifications.bind(this);
      this.markNotificationRead = this.markNotificationRead.bind(this);
      this.markAllNotificationsRead = this.markAllNotificationsRead.bind(this);
      this.getNotificationPreferences = this.getNotificationPreferences.bind(this);
      this.setNotificationPreferences = this.setNotificationPreferences.bind(this);
      this.listNotifiableEventTypes = this.listNotifiableEventTypes.bind(this);
      this.sendConversionNotification = this.sendConversionNotification.bind(this);
      this.listMails = this.listMails.bind(this);
      this.listWaitingMails = this.listWaitingMails.bind(this);
      this.getOverview = this.getOverview.bind(this);
      this.createProject = this.createProject.bind(this);
      this.listProjects = this.listProjects.bind(this);
      this.getProject = this.getProject.bind(this);
      this.replaceProject = this.replaceProject.bind(this);
      this.changeProject = this.changeProject.bind(this);
      this.deleteProject = this.deleteProject.bind(this);
      this.archiveProject = this.archiveProject.bind(this);
      this.restoreProject = this.restoreProject.bind(this);
      this.listProjectVersions = this.listProjectVersions.bind(this);
      this.getProjectVersion = this.getProjectVersion.bind(this);
      this.diffProjectVersions = this.diffProjectVersions.bind(this);
      this.checkProjectModel = this.checkProjectModel.bind(this);
      this.getProjectGraph = this.getProjectGraph.bind(this);
      this.generateProject = this.generateProject.bind(this);
      this.rebuildProject = this.rebuildProject.bind(this);
      this.realtime = this.realtime.bind(this);
      this.listRoles = this.listRoles.bind(this);
      this.createRole = this.createRole.bind(this);
      this.updateRole = this.updateRole.bind(this);
      this.deleteRole = this.deleteRole.bind(this);
      this.createRule = this.createRule.bind(this);
      this.listRules = this.listRules.bind(this);
      this.getRule = this.getRule.bind(this);
      this.updateRule = this.updateRule.bind(this);
      this.listRuleVersions = this.listRuleVersions.bind(this);
      this.activateRule = this.activateRule.bind(this);
      this.retireRule = this.retireRule.bind(this);
      this.exportRules = this.exportRules.bind(this);
      this.importRules = this.importRules.bind(this);
      this.importLegacyRules = this.importLegacyRules.bind(this);
      this.getRuleStatistics = this.getRuleStatistics.bind(this);
      this.analyzeEntity = this.analyzeEntity.bind(this);
      this.listEntities = this.listEntities.bind(this);
      this.refreshSchemas = this.refreshSchemas.bind(this);
      this.suggestMapping = this.suggestMapping.bind(this);
      this.startTenantExport = this.startTenantExport.bind(this);
      this.listTenantExports = this.listTenantExports.bind(this);
      this.getTenantExport = this.getTenantExport.bind(this);
      this.deleteTenantExport = this.deleteTenantExport.bind(this);
      this.suspendTenant = this.suspendTenant.bind(this);
      this.resumeTenant = this.resumeTenant.bind(this);
      this.requestTenantDeletion = this.requestTenantDeletion.bind(this);
      this.getTenantDeletion = this.getTenantDeletion.bind(this);
      this.cancelTenantDeletion = this.cancelTenantDeletion.bind(this);
      this.getDeletionReceipt = this.getDeletionReceipt.bind(this);
      this.getTenant = this.getTenant.bind(this);
      this.updateTenant = this.updateTenant.bind(this);
      this.getTenantLimits = this.getTenantLimits.bind(this);
      this.getCorsOrigins = this.getCorsOrigins.bind(this);
      this.setCorsOrigins = this.setCorsOrigins.bind(this);
      this.getConversionConfig = this.getConversionConfig.bind(this);
      this.updateConversionConfig = this.updateConversionConfig.bind(this);
      this.getNotificationSettings = this.getNotificationSettings.bind(this);
      this.updateNotificationSettings = this.updateNotificationSettings.bind(this);
      this.getTimeline = this.getTimeline.bind(this);
      this.rebuildTimeline = this.rebuildTimeline.bind(this);
      this.checkTriggers = this.checkTriggers.bind(this);
      this.listTriggerSources = this.listTriggerSources.bind(this);
      this.getTriggerSource = this.getTriggerSource.bind(this);
      this.stopTriggerSource = this.stopTriggerSource.bind(this);
      this.startTriggerSource = this.startTriggerSource.bind(this);
      this.listTriggerRuns = this.listTriggerRuns.bind(this);
      this.retryTriggerRun = this.retryTriggerRun.bind(this);
      this.discardTriggerRun = this.discardTriggerRun.bind(this);
      this.createWebhook = this.createWebhook.bind(this);
      this.listWebhooks = this.listWebhooks.bind(this);
      this.getWebhook = this.getWebhook.bind(this);
      this.updateWebhook = this.updateWebhook.bind(this);
      this.deleteWebhook = this.deleteWebhook.bind(this);
      this.rotateWebhookSecret = this.rotateWebhookSecret.bind(this);
      this.pauseWebhook = this.pauseWebhook.bind(this);
      this.enableWebhook = this.enableWebhook.bind(this);
      this.testWebhook = this.testWebhook.bind(this);
      this.listWebhookDeliveries = this.listWebhookDeliveries.bind(this);
      this.getWebhookDelivery = this.getWebhookDelivery.bind(this);
      this.resendWebhookDelivery = this.resendWebhookDelivery.bind(this);
      this.createWorkspaceEntity = this.createWorkspaceEntity.bind(this);
      this.listWorkspaceEntities = this.listWorkspaceEntities.bind(this);
      this.loadRecords = this.loadRecords.bind(this);
      this.listRecords = this.listRecords.bind(this);
      this.getRecord = this.getRecord.bind(this);
    }

    /** Makes an API key with some of the caller's permissions. Its secret is shown this one time. */
    public async createApiKey(params: user_management.CreateApiKeyRequest, options?: CallParameters): Promise<user_management.CreatedApiKey> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/api-keys`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** The API keys of the caller's tenant, by name, without their secrets. */
    public async listApiKeys(params: user_management.ListApiKeysRequest, options?: CallParameters): Promise<user_management.ListApiKeysResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/api-keys`, undefined, { ...options, query: { ...wireRecord({ sort: params.sort, limit: params.limit, cursor: params.cursor }), ...options?.query } });
      return await jsonBody(response);
    }

    /** Replaces an API key by a new one with the same permissions; the old one ends within five seconds. */
    public async rotateApiKey(keyId: string, options?: CallParameters): Promise<user_management.CreatedApiKey> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/api-keys/${pathSegment(keyId)}/rotate`, undefined, options);
      return await jsonBody(response);
    }

    /** Ends an API key, within five seconds. */
    public async revokeApiKey(keyId: string, options?: CallParameters): Promise<void> {
      await this.baseClient.callTypedAPI("DELETE", `/api/v1/api-keys/${pathSegment(keyId)}`, undefined, options);
    }

    /** What was done to a record, as a source or as a target, newest first. */
    public async getAuditTrail(recordId: string, params: {
      /** `timestamp`, with `-` before it for falling order; `-timestamp` by default. */
      sort?: string;
      /** 1 to 500; 100 by default. */
      limit?: number;
      /** `nextCursor` of the page before. */
      cursor?: string;
    }, options?: CallParameters): Promise<audit.AuditEntriesResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/audit/trail/${pathSegment(recordId)}`, undefined, { ...options, query: { ...wireRecord({ sort: params.sort, limit: params.limit, cursor: params.cursor }), ...options?.query } });
      return await jsonBody(response);
    }

    /** Audit entries by rule, job, type, actor and time, newest first. */
    public async listAuditEntries(params: audit.ListAuditEntriesRequest, options?: CallParameters): Promise<audit.AuditEntriesResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/audit/entries`, undefined, { ...options, query: { ...wireRecord({ ruleId: params.ruleId, jobId: params.jobId, eventType: params.eventType, performedBy: params.performedBy, from: params.from, to: params.to, count: params.count, sort: params.sort, limit: params.limit, cursor: params.cursor }), ...options?.query } });
      return await jsonBody(response);
    }

    /** Follows the chain of hashes through the audit log and says where it was touched: edited, removed, inserted, cut. */
    public async verifyAudit(params: audit.VerifyAuditLogRequest, options?: CallParameters): Promise<audit.AuditVerification> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/audit/verify`, undefined, { ...options, query: { ...wireRecord({ cursor: params.cursor, limit: params.limit }), ...options?.query } });
      return await jsonBody(response);
    }

    /** The public keys that audit logs and their exports are signed with. */
    public async getAuditKeys(options?: CallParameters): Promise<audit.AuditKeysResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/audit/keys`, undefined, options);
      return await jsonBody(response);
    }

    /** Writes an entry into the audit log, in the name of the caller. */
    public async recordActivity(params: api_gateway.RecordActivityRequest, options?: CallParameters): Promise<audit.LogActivityResponse> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/audit/log`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** How a rule would run over its source: the executor and why, the SQL, batch size, estimated records. */
    public async explainConversion(params: entity_conversion.ExplainConversionRequest, options?: CallParameters): Promise<entity_conversion.ExplainConversionResponse> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/conversion/explain`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** What a rule would do to a sample of records: creates, updates, skips and failures with their reasons. Nothing is written. */
    public async previewSample(params: entity_conversion.PreviewSampleRequest, options?: CallParameters): Promise<entity_conversion.PreviewSampleResponse> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/conversion/preview/sample`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** Lets the latest version of a rule take over from an earlier one for a share of the records. */
    public async startRollout(ruleId: string, params: {
      /** The version to take over from; the one before the latest by default. The latest one takes over. */
      oldVersion?: number;
      /** 0 to 100. */
      percent: number;
    }, options?: CallParameters): Promise<entity_conversion.RuleRollout> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/conversion/rules/${pathSegment(ruleId)}/rollout`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** The rollout of a rule's latest version, also one that has ended. */
    public async getRollout(ruleId: string, options?: CallParameters): Promise<entity_conversion.RuleRollout> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/conversion/rules/${pathSegment(ruleId)}/rollout`, undefined, options);
      return await jsonBody(response);
    }

    /** Gives the new version another share of the records. */
    public async changeRollout(ruleId: string, params: {
      /** 0 to 100. */
      percent: number;
    }, options?: CallParameters): Promise<entity_conversion.RuleRollout> {
      const response = await this.baseClient.callTypedAPI("PATCH", `/api/v1/conversion/rules/${pathSegment(ruleId)}/rollout`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** Ends a rollout: the new version converts all records from now on. */
    public async finishRollout(ruleId: string, options?: CallParameters): Promise<entity_conversion.RuleRollout> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/conversion/rules/${pathSegment(ruleId)}/rollout/finish`, undefined, options);
      return await jsonBody(response);
    }

    /** Ends a rollout: the old version converts all records again. */
    public async abortRollout(ruleId: string, options?: CallParameters): Promise<entity_conversion.RuleRollout> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/conversion/rules/${pathSegment(ruleId)}/rollout/abort`, undefined, options);
      return await jsonBody(response);
    }

    /** Tries two rules, or two versions of one, on the same records and keeps where they differ. Converts nothing. */
    public async runShadow(params: entity_conversion.RunShadowRequest, options?: CallParameters): Promise<entity_conversion.RunShadowResponse> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/conversion/shadow-runs`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** Comparisons of rules of the last 30 days, newest first. */
    public async listShadowRuns(params: entity_conversion.ListShadowRunsRequest, options?: CallParameters): Promise<entity_conversion.ListShadowRunsResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/conversion/shadow-runs`, undefined, { ...options, query: { ...wireRecord({ ruleId: params.ruleId, sort: params.sort, limit: params.limit, cursor: params.cursor }), ...options?.query } });
      return await jsonBody(response);
    }

    /** A comparison of rules, with its progress where it runs in the background. */
    public async getShadowRun(runId: string, options?: CallParameters): Promise<entity_conversion.ShadowRun> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/conversion/shadow-runs/${pathSegment(runId)}`, undefined, options);
      return await jsonBody(response);
    }

    /** Records on which the two rules of a comparison differ, by kind or by field. */
    public async listShadowDifferences(runId: string, params: {
      kind?: entity_conversion.ShadowDifferenceKind;
      /** Only records that differ in this field. */
      field?: string;
      /**
       * `place`, the order in which they were found, or `sourceRecordId`, with `-` before it for falling order; `place` by
       * default.
       */
      sort?: string;
      /** 1 to 1,000; 100 by default. */
      limit?: number;
      /** `nextCursor` of the page before. */
      cursor?: string;
    }, options?: CallParameters): Promise<entity_conversion.ListShadowDifferencesResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/conversion/shadow-runs/${pathSegment(runId)}/differences`, undefined, { ...options, query: { ...wireRecord({ kind: params.kind, field: params.field, sort: params.sort, limit: params.limit, cursor: params.cursor }), ...options?.query } });
      return await jsonBody(response);
    }

    /**
     * Undoes the latest conversion of a record by a rule: its target records get back what they were.
     * `failed_precondition` where a later change would be lost, unless forced.
     */
    public async undoConversion(params: entity_conversion.UndoConversionRequest, options?: CallParameters): Promise<entity_conversion.UndoConversionResponse> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/conversion/undo`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** Starts a job that takes back what another one did. Records that were changed since are left and listed as failures. */
    public async undoJob(jobId: string, params: {
      /** Also where later changes would be lost. */
      force?: boolean;
      /** Only counts and lists what would be done. */
      dryRun?: boolean;
      /** A second request with the same key answers with the first one's job. At most 200 characters. */
      idempotencyKey?: string;
    }, options?: CallParameters): Promise<entity_conversion.ConversionJob> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/conversion/jobs/${pathSegment(jobId)}/undo`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** What converting a record would change, field by field. Nothing is written. */
    public async previewConversion(params: entity_conversion.PreviewConversionRequest, options?: CallParameters): Promise<entity_conversion.PreviewConversionResponse> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/conversion/preview`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** Converts one record by a rule. */
    public async executeConversion(params: entity_conversion.ExecuteConversionRequest, options?: CallParameters): Promise<entity_conversion.ExecuteConversionResponse> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/conversion/execute`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** Starts the conversion of an entity by a rule: of all its records, of those that a filter holds for, or of listed ones. */
    public async startJob(params: entity_conversion.StartJobRequest, options?: CallParameters): Promise<entity_conversion.ConversionJob> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/conversion/jobs`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** The tenant's jobs, newest first. */
    public async listJobs(params: entity_conversion.ListJobsRequest, options?: CallParameters): Promise<entity_conversion.ListJobsResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/conversion/jobs`, undefined, { ...options, query: { ...wireRecord({ ruleId: params.ruleId, state: params.state, sort: params.sort, limit: params.limit, cursor: params.cursor }), ...options?.query } });
      return await jsonBody(response);
    }

    /** A job and how far it is. */
    public async getJob(jobId: string, options?: CallParameters): Promise<entity_conversion.ConversionJob> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/conversion/jobs/${pathSegment(jobId)}`, undefined, options);
      return await jsonBody(response);
    }

    /** The records that a job could not convert, each with its reason. */
    public async listJobFailures(jobId: string, params: {
      /** `id`, the order of failing, with `-` before it for falling order; `id` by default. */
      sort?: string;
      /** 1 to 1000; 100 by default. */
      limit?: number;
      /** `nextCursor` of the page before. */
      cursor?: string;
    }, options?: CallParameters): Promise<entity_conversion.ListJobFailuresResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/conversion/jobs/${pathSegment(jobId)}/failures`, undefined, { ...options, query: { ...wireRecord({ sort: params.sort, limit: params.limit, cursor: params.cursor }), ...options?.query } });
      return await jsonBody(response);
    }

    /** Stops a job after the batch it is working on. */
    public async cancelJob(jobId: string, options?: CallParameters): Promise<entity_conversion.ConversionJob> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/conversion/jobs/${pathSegment(jobId)}/cancel`, undefined, options);
      return await jsonBody(response);
    }

    /** Pauses a job after the batch it is working on. `failed_precondition` where it is paused or has ended. */
    public async pauseJob(jobId: string, options?: CallParameters): Promise<entity_conversion.ConversionJob> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/conversion/jobs/${pathSegment(jobId)}/pause`, undefined, options);
      return await jsonBody(response);
    }

    /** Queues a paused job again: it goes on where it was. `failed_precondition` where it is not paused. */
    public async resumeJob(jobId: string, options?: CallParameters): Promise<entity_conversion.ConversionJob> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/conversion/jobs/${pathSegment(jobId)}/resume`, undefined, options);
      return await jsonBody(response);
    }

    /**
     * Starts a new job over the records of an ended one that failed, by the rule's latest version. `failed_precondition`
     * where the job has not ended or nothing failed.
     */
    public async retryJob(jobId: string, params: {
      /** A second request with the same key answers with the first one's job. At most 200 characters. */
      idempotencyKey?: string;
    }, options?: CallParameters): Promise<entity_conversion.ConversionJob> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/conversion/jobs/${pathSegment(jobId)}/retry`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** Checks an expression and evaluates it on a record. */
    public async evaluateExpression(params: entity_conversion.EvaluateExpressionRequest, options?: CallParameters): Promise<entity_conversion.EvaluateExpressionResponse> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/conversion/expressions/evaluate`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** The functions that expressions may call, each with an example, and the bounds of expressions. */
    public async listExpressionFunctions(options?: CallParameters): Promise<entity_conversion.ListExpressionFunctionsResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/conversion/expressions/functions`, undefined, options);
      return await jsonBody(response);
    }

    /** Adds a Postgres database to convert from or to. Its connection string is kept encrypted. */
    public async createDataSource(tenantId: string, params: {
      /** A lower-case letter, then letters, digits, `_` and `-`; at most 63 characters. `workspace` is taken. */
      name: string;
      /** `postgres://user:password@host:port/database`. Of the parameters that may follow a `?`, `sslmode` and `pgbouncer` count. */
      url: string;
      /** By the `sslmode` of the connection string, else `prefer`. */
      tls?: tenant_management.DataSourceTls;
      /** Certificates in PEM that `verify-full` trusts, for servers whose certificate no public authority has signed. */
      caCertificate?: string | null;
      /** By `pgbouncer=true` in the connection string or Supabase's pooler port 6543, else false. */
      pooled?: boolean;
      /** False by default. */
      readOnly?: boolean;
      /** 1,000 to 600,000; 60,000 by default. */
      statementTimeoutMs?: number;
    }, options?: CallParameters): Promise<tenant_management.DataSource> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/tenants/${pathSegment(tenantId)}/data-sources`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** The tenant's data sources, by name. */
    public async listDataSources(tenantId: string, params: {
      /** `name`, `createdAt` or `updatedAt`, with `-` before it for falling order; `name` by default. */
      sort?: string;
      /** 1 to 100; 100 by default. */
      limit?: number;
      /** `nextCursor` of the page before. */
      cursor?: string;
    }, options?: CallParameters): Promise<tenant_management.ListDataSourcesResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/tenants/${pathSegment(tenantId)}/data-sources`, undefined, { ...options, query: { ...wireRecord({ sort: params.sort, limit: params.limit, cursor: params.cursor }), ...options?.query } });
      return await jsonBody(response);
    }

    /** One data source, by id or name. */
    public async getDataSource(tenantId: string, source: string, options?: CallParameters): Promise<tenant_management.DataSource> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/tenants/${pathSegment(tenantId)}/data-sources/${pathSegment(source)}`, undefined, options);
      return await jsonBody(response);
    }

    /** Renames a data source, points it to another database, or changes how it is reached. */
    public async updateDataSource(tenantId: string, source: string, params: {
      name?: string;
      url?: string;
      /** By the `sslmode` of the connection string, else `prefer`. */
      tls?: tenant_management.DataSourceTls;
      /** Certificates in PEM that `verify-full` trusts, for servers whose certificate no public authority has signed. */
      caCertificate?: string | null;
      /** By `pgbouncer=true` in the connection string or Supabase's pooler port 6543, else false. */
      pooled?: boolean;
      /** False by default. */
      readOnly?: boolean;
      /** 1,000 to 600,000; 60,000 by default. */
      statementTimeoutMs?: number;
    }, options?: CallParameters): Promise<tenant_management.DataSource> {
      const response = await this.baseClient.callTypedAPI("PUT", `/api/v1/tenants/${pathSegment(tenantId)}/data-sources/${pathSegment(source)}`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** Removes a data source. */
    public async deleteDataSource(tenantId: string, source: string, options?: CallParameters): Promise<void> {
      await this.baseClient.callTypedAPI("DELETE", `/api/v1/tenants/${pathSegment(tenantId)}/data-sources/${pathSegment(source)}`, undefined, options);
    }

    /** Tries to connect to a data source, for 10 s at most, and says what is wrong: host, TLS, password, database, privilege. */
    public async testDataSource(tenantId: string, source: string, options?: CallParameters): Promise<tenant_management.TestDataSourceResponse> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/tenants/${pathSegment(tenantId)}/data-sources/${pathSegment(source)}/test`, undefined, options);
      return await jsonBody(response);
    }

    /** Tries a connection before it is kept, as `testDataSource` does. */
    public async testDataSourceSettings(tenantId: string, params: {
      url: string;
      /** By the `sslmode` of the connection string, else `prefer`. */
      tls?: tenant_management.DataSourceTls;
      /** Certificates in PEM that `verify-full` trusts, for servers whose certificate no public authority has signed. */
      caCertificate?: string | null;
      /** By `pgbouncer=true` in the connection string or Supabase's pooler port 6543, else false. */
      pooled?: boolean;
      /** False by default. */
      readOnly?: boolean;
      /** 1,000 to 600,000; 60,000 by default. */
      statementTimeoutMs?: number;
    }, options?: CallParameters): Promise<tenant_management.TestDataSourceResponse> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/tenants/${pathSegment(tenantId)}/data-sources/test`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** Events that a subscription gave up on, newest failures first: those that wait, or as the filters say. */
    public async listDeadLetters(params: dead_letters.ListDeadLettersRequest, options?: CallParameters): Promise<dead_letters.ListDeadLettersResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/dead-letters`, undefined, { ...options, query: { ...wireRecord({ state: params.state, sort: params.sort, limit: params.limit, cursor: params.cursor, service: params.service, subscription: params.subscription, topic: params.topic, eventType: params.eventType, reason: params.reason, from: params.from, to: params.to }), ...options?.query } });
      return await jsonBody(response);
    }

    /** One event that a subscription gave up on: the event itself, error, stack, attempts, and what became of it. */
    public async getDeadLetter(id: string, options?: CallParameters): Promise<dead_letters.DeadLetter> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/dead-letters/${pathSegment(id)}`, undefined, options);
      return await jsonBody(response);
    }

    /** Replaces what an event tells, before it is replayed. Its envelope stays: an event changes neither tenant nor author. */
    public async editDeadLetter(id: string, params: {
      /** What the event is to tell instead, by the schema of its type: all of it, `type` included. The envelope stays. */
      event: { [key: string]: shared.JsonValue };
    }, options?: CallParameters): Promise<dead_letters.DeadLetter> {
      const response = await this.baseClient.callTypedAPI("PUT", `/api/v1/dead-letters/${pathSegment(id)}/event`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** Delivers an event to the subscription that gave it up, again. */
    public async replayDeadLetter(id: string, options?: CallParameters): Promise<dead_letters.DeadLetter> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/dead-letters/${pathSegment(id)}/replay`, undefined, options);
      return await jsonBody(response);
    }

    /** Delivers all open dead letters of a kind again, oldest failures first. */
    public async replayDeadLetters(params: dead_letters.ReplayDeadLettersRequest, options?: CallParameters): Promise<dead_letters.ReplayDeadLettersResponse> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/dead-letters/replay`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** Gives an event up for good, with a reason. */
    public async discardDeadLetter(id: string, params: {
      /** Why it is given up; 1 to 1,000 characters. Kept with it and in the audit log. */
      reason: string;
    }, options?: CallParameters): Promise<dead_letters.DeadLetter> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/dead-letters/${pathSegment(id)}/discard`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /**
     * Queues a deployment of a project's newest generation, or of another one: as processes of this machine where the
     * operator allows it (`local`), or as files for Compose and Swarm (`bundle`).
     */
    public async startDeployment(projectId: string, params: {
      driver: codegen.DeploymentDriver;
      /** What is deployed; the project's newest completed generation by default. */
      generationId?: string;
      /** Ports for services of a local deployment, by name, 1024 to 65535. Others get free ones. */
      ports?: { [key: string]: number };
      /**
       * What services of a local deployment need of the world around them: `KAFKA_BROKERS`, `RABBITMQ_URL`, `REDIS_URL`,
       * `JWT_SECRET`, `JWT_PUBLIC_KEY`, `JWKS_URL`, `API_KEYS`, `OTEL_EXPORTER_OTLP_ENDPOINT`, `LOG_LEVEL`. Kept with the
       * deployment's files alone, and never shown.
       */
      environment?: { [key: string]: string };
      /** A second request with the same key answers with the first one's deployment. At most 200 characters. */
      idempotencyKey?: string;
    }, options?: CallParameters): Promise<codegen.Deployment> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/projects/${pathSegment(projectId)}/deployments`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** The tenant's deployments, newest first. */
    public async listDeployments(params: codegen.ListDeploymentsRequest, options?: CallParameters): Promise<codegen.ListDeploymentsResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/deployments`, undefined, { ...options, query: { ...wireRecord({ projectId: params.projectId, state: params.state, driver: params.driver, sort: params.sort, limit: params.limit, cursor: params.cursor }), ...options?.query } });
      return await jsonBody(response);
    }

    /** A deployment with its services and where they answer. */
    public async getDeployment(deploymentId: string, options?: CallParameters): Promise<codegen.Deployment> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/deployments/${pathSegment(deploymentId)}`, undefined, options);
      return await jsonBody(response);
    }

    /** Stops a deployment's services, or the deployment where it is under way. */
    public async stopDeployment(deploymentId: string, options?: CallParameters): Promise<codegen.Deployment> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/deployments/${pathSegment(deploymentId)}/stop`, undefined, options);
      return await jsonBody(response);
    }

    /** Starts a local deployment's services again, whether they run or not. */
    public async restartDeployment(deploymentId: string, options?: CallParameters): Promise<codegen.Deployment> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/deployments/${pathSegment(deploymentId)}/restart`, undefined, options);
      return await jsonBody(response);
    }

    /** What a service of a local deployment wrote last, or one of the steps `install`, `build` and `migrate`. */
    public async readDeploymentLog(deploymentId: string, source: string, params: {
      /** Last lines, 1 to 5,000; 200 by default. */
      lines?: number;
    }, options?: CallParameters): Promise<codegen.DeploymentLog> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/deployments/${pathSegment(deploymentId)}/logs/${pathSegment(source)}`, undefined, { ...options, query: { ...wireRecord({ lines: params.lines }), ...options?.query } });
      return await jsonBody(response);
    }

    /** What a service of a local deployment tells of itself: its metrics, and the memory that it holds. */
    public async readDeploymentMetrics(deploymentId: string, service: string, options?: CallParameters): Promise<codegen.DeploymentMetrics> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/deployments/${pathSegment(deploymentId)}/metrics/${pathSegment(service)}`, undefined, options);
      return await jsonBody(response);
    }

    /** The mailbox of local development: all mails, newest first, whether a mail server took them or not. */
    public async listDevelopmentMails(params: mail.ListDevelopmentMailsRequest, options?: CallParameters): Promise<mail.ListDevelopmentMailsResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/development/mails`, undefined, { ...options, query: { ...wireRecord({ to: params.to, sort: params.sort, limit: params.limit, cursor: params.cursor }), ...options?.query } });
      return await jsonBody(response);
    }

    /** Every version of every event type: what it tells, its JSON Schema, who publishes and who handles it. */
    public async getEventCatalogue(options?: CallParameters): Promise<event_store.EventCatalogueResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/events/catalogue`, undefined, options);
      return await jsonBody(response);
    }

    /** Events by record, correlation, type, topic and time, for as long as the plan keeps them. */
    public async listEvents(params: event_store.ListEventsRequest, options?: CallParameters): Promise<event_store.ListEventsResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/events`, undefined, { ...options, query: { ...wireRecord({ recordId: params.recordId, entity: params.entity, correlationId: params.correlationId, type: params.type, topic: params.topic, from: params.from, to: params.to, order: params.order, limit: params.limit, cursor: params.cursor }), ...options?.query } });
      return await jsonBody(response);
    }

    /** One event. */
    public async getEvent(eventId: string, options?: CallParameters): Promise<event_store.StoredEvent> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/events/${pathSegment(eventId)}`, undefined, options);
      return await jsonBody(response);
    }

    /**
     * Begins to deliver events to one subscription again, from a point in time up to 29 days ago, in the background. What
     * has had its effect already has none a second time.
     */
    public async startEventReplay(params: event_store.StartEventReplayRequest, options?: CallParameters): Promise<event_store.EventReplay> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/events/replays`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** Replays of events, newest first. */
    public async listEventReplays(params: event_store.ListEventReplaysRequest, options?: CallParameters): Promise<event_store.ListEventReplaysResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/events/replays`, undefined, { ...options, query: { ...wireRecord({ sort: params.sort, limit: params.limit, cursor: params.cursor }), ...options?.query } });
      return await jsonBody(response);
    }

    /** How far a replay of events has come. */
    public async getEventReplay(id: string, options?: CallParameters): Promise<event_store.EventReplay> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/events/replays/${pathSegment(id)}`, undefined, options);
      return await jsonBody(response);
    }

    /** Ends a replay of events. What was delivered until then stays delivered. */
    public async cancelEventReplay(id: string, options?: CallParameters): Promise<event_store.EventReplay> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/events/replays/${pathSegment(id)}/cancel`, undefined, options);
      return await jsonBody(response);
    }

    /** The tenant's generations, newest first. */
    public async listGenerations(params: codegen.ListGenerationsRequest, options?: CallParameters): Promise<codegen.ListGenerationsResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/generations`, undefined, { ...options, query: { ...wireRecord({ projectId: params.projectId, state: params.state, sort: params.sort, limit: params.limit, cursor: params.cursor }), ...options?.query } });
      return await jsonBody(response);
    }

    /** A generation with how far it is. */
    public async getGeneration(generationId: string, options?: CallParameters): Promise<codegen.Generation> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/generations/${pathSegment(generationId)}`, undefined, options);
      return await jsonBody(response);
    }

    /** Cancels a generation: at once where it waits, else before its next service. */
    public async cancelGeneration(generationId: string, options?: CallParameters): Promise<codegen.Generation> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/generations/${pathSegment(generationId)}/cancel`, undefined, options);
      return await jsonBody(response);
    }

    /** The files that a generation made, by path, each with its size and hash. */
    public async listGenerationFiles(generationId: string, params: {
      /** Only files below this folder, such as `services/orders`. */
      folder?: string;
      /** 1 to 1,000; 200 by default. */
      limit?: number;
      /** `nextCursor` of the page before. */
      cursor?: string;
    }, options?: CallParameters): Promise<codegen.ListGenerationFilesResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/generations/${pathSegment(generationId)}/files`, undefined, { ...options, query: { ...wireRecord({ folder: params.folder, limit: params.limit, cursor: params.cursor }), ...options?.query } });
      return await jsonBody(response);
    }

    /** One file that a generation made, with its text. */
    public async getGenerationFile(generationId: string, params: {
      /** Path of the file, such as `services/orders/src/main.ts`. */
      path: string;
    }, options?: CallParameters): Promise<codegen.ResultFileText> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/generations/${pathSegment(generationId)}/file`, undefined, { ...options, query: { ...wireRecord({ path: params.path }), ...options?.query } });
      return await jsonBody(response);
    }

    /** How the files of a generation differ from those of the one before, or of another one, as unified diffs. */
    public async diffGeneration(generationId: string, params: {
      /** The generation to compare with; by default the one that this one goes on from. */
      from?: string;
      /** Only files below this folder. */
      folder?: string;
      /** Files on a page, 1 to 100; 20 by default. */
      limit?: number;
      /** `nextCursor` of the page before. */
      cursor?: string;
    }, options?: CallParameters): Promise<codegen.GenerationDiff> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/generations/${pathSegment(generationId)}/diff`, undefined, { ...options, query: { ...wireRecord({ from: params.from, folder: params.folder, limit: params.limit, cursor: params.cursor }), ...options?.query } });
      return await jsonBody(response);
    }

    /** Answers as soon as the API does. */
    public async health(options?: CallParameters): Promise<api_gateway.HealthResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/health`, undefined, options);
      return await jsonBody(response);
    }

    /** The caller: who they are, in which tenant, and what they may do. A person in no tenant yet has no tenant. */
    public async me(options?: CallParameters): Promise<api_gateway.MeResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/me`, undefined, options);
      return await jsonBody(response);
    }

    /** What the caller may do, or, with `member:manage`, another member of the tenant. */
    public async checkPermissions(params: user_management.CheckPermissionsRequest, options?: CallParameters): Promise<user_management.CheckPermissionsResponse> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/users/check-permissions`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** Creates a tenant, whose owner the caller is. The caller's session works in it from now on. */
    public async createTenant(params: user_management.CreateTenantRequest, options?: CallParameters): Promise<user_management.TenantMembership> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/tenants`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** The tenants that the caller belongs to, by name. */
    public async listMyTenants(params: user_management.ListMyTenantsRequest, options?: CallParameters): Promise<user_management.ListMyTenantsResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/tenants`, undefined, { ...options, query: { ...wireRecord({ sort: params.sort, limit: params.limit, cursor: params.cursor }), ...options?.query } });
      return await jsonBody(response);
    }

    /** Queues of dead letters that are not empty, or were not, newest first. An incident ends with its last dead letter. */
    public async listIncidents(params: dead_letters.ListIncidentsRequest, options?: CallParameters): Promise<dead_letters.ListIncidentsResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/incidents`, undefined, { ...options, query: { ...wireRecord({ state: params.state, sort: params.sort, limit: params.limit, cursor: params.cursor }), ...options?.query } });
      return await jsonBody(response);
    }

    /** Invites an e-mail address to the caller's tenant, by mail. The invitation ends after seven days. */
    public async createInvitation(params: user_management.CreateInvitationRequest, options?: CallParameters): Promise<user_management.Invitation> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/invitations`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** The invitations of the caller's tenant, newest first. */
    public async listInvitations(params: user_management.ListInvitationsRequest, options?: CallParameters): Promise<user_management.ListInvitationsResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/invitations`, undefined, { ...options, query: { ...wireRecord({ sort: params.sort, limit: params.limit, cursor: params.cursor }), ...options?.query } });
      return await jsonBody(response);
    }

    /** Takes back an invitation that was not accepted yet. */
    public async revokeInvitation(invitationId: string, options?: CallParameters): Promise<void> {
      await this.baseClient.callTypedAPI("DELETE", `/api/v1/invitations/${pathSegment(invitationId)}`, undefined, options);
    }

    /** The invitations that wait for the caller's e-mail address, of whatever tenant. */
    public async listMyInvitations(params: user_management.ListInvitationsRequest, options?: CallParameters): Promise<user_management.ListInvitationsResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/me/invitations`, undefined, { ...options, query: { ...wireRecord({ sort: params.sort, limit: params.limit, cursor: params.cursor }), ...options?.query } });
      return await jsonBody(response);
    }

    /** An invitation of the caller. Those of others do not exist. */
    public async getMyInvitation(invitationId: string, options?: CallParameters): Promise<user_management.Invitation> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/invitations/${pathSegment(invitationId)}`, undefined, options);
      return await jsonBody(response);
    }

    /** Makes the caller a member of the tenant that invited them, once. Their session works in it from now on. */
    public async acceptInvitation(invitationId: string, options?: CallParameters): Promise<user_management.Invitation> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/invitations/${pathSegment(invitationId)}/accept`, undefined, options);
      return await jsonBody(response);
    }

    /** The members of the caller's tenant, by e-mail address. */
    public async listMembers(params: user_management.ListMembersRequest, options?: CallParameters): Promise<user_management.ListMembersResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/members`, undefined, { ...options, query: { ...wireRecord({ sort: params.sort, limit: params.limit, cursor: params.cursor }), ...options?.query } });
      return await jsonBody(response);
    }

    /** Gives a member another role: none with more than the caller may do, and the last owner stays one. */
    public async changeMemberRole(userId: string, params: {
      /** A built-in role or one of the tenant's own. */
      role: string;
    }, options?: CallParameters): Promise<user_management.User> {
      const response = await this.baseClient.callTypedAPI("PUT", `/api/v1/members/${pathSegment(userId)}/role`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** Removes a member. Their access to the tenant ends within five seconds, their API keys too. */
    public async removeMember(userId: string, options?: CallParameters): Promise<void> {
      await this.baseClient.callTypedAPI("DELETE", `/api/v1/members/${pathSegment(userId)}`, undefined, options);
    }

    /** The caller leaves their tenant. The last owner cannot. */
    public async leaveTenant(options?: CallParameters): Promise<void> {
      await this.baseClient.callTypedAPI("POST", `/api/v1/members/leave`, undefined, options);
    }

    /** The texts that people are told with: the tenant's own first, then the built-in ones in use. */
    public async listNotificationTemplates(params: templates.ListNotificationTemplatesRequest, options?: CallParameters): Promise<templates.ListNotificationTemplatesResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/notifications/templates`, undefined, { ...options, query: { ...wireRecord({ channel: params.channel, language: params.language }), ...options?.query } });
      return await jsonBody(response);
    }

    /** The texts in use for a kind of event. */
    public async getNotificationTemplate(channel: string, eventType: string, language: string, options?: CallParameters): Promise<templates.NotificationTemplate> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/notifications/templates/${pathSegment(channel)}/${pathSegment(eventType)}/${pathSegment(language)}`, undefined, options);
      return await jsonBody(response);
    }

    /** Writes the tenant's own texts for a kind of event. A wrong template is refused with line and column. */
    public async putNotificationTemplate(channel: string, eventType: string, language: string, params: {
      title: string;
      body: string;
      html?: string;
    }, options?: CallParameters): Promise<templates.NotificationTemplate> {
      const response = await this.baseClient.callTypedAPI("PUT", `/api/v1/notifications/templates/${pathSegment(channel)}/${pathSegment(eventType)}/${pathSegment(language)}`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** Goes back to the built-in texts. */
    public async deleteNotificationTemplate(channel: string, eventType: string, language: string, options?: CallParameters): Promise<void> {
      await this.baseClient.callTypedAPI("DELETE", `/api/v1/notifications/templates/${pathSegment(channel)}/${pathSegment(eventType)}/${pathSegment(language)}`, undefined, options);
    }

    /** What templates come to for an event, or for a sample of one. Nothing is stored or sent. */
    public async previewNotificationTemplate(params: templates.PreviewNotificationTemplateRequest, options?: CallParameters): Promise<templates.PreviewNotificationTemplateResponse> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/notifications/templates/preview`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** The caller's in-app notifications, newest first. */
    public async listNotifications(params: notifications.ListNotificationsRequest, options?: CallParameters): Promise<notifications.ListNotificationsResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/notifications`, undefined, { ...options, query: { ...wireRecord({ unread: params.unread, category: params.category, priority: params.priority, ruleId: params.ruleId, since: params.since, sort: params.sort, limit: params.limit, cursor: params.cursor }), ...options?.query } });
      return await jsonBody(response);
    }

    /** One of the caller's in-app notifications. */
    public async getNotification(notificationId: string, options?: CallParameters): Promise<notifications.Notification> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/notifications/${pathSegment(notificationId)}`, undefined, options);
      return await jsonBody(response);
    }

    /** How many notifications the caller has not read. */
    public async countUnreadNotifications(options?: CallParameters): Promise<notifications.UnreadNotificationsResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/notifications/unread-count`, undefined, options);
      return await jsonBody(response);
    }

    /** Marks a notification as read by the caller. */
    public async markNotificationRead(notificationId: string, options?: CallParameters): Promise<void> {
      await this.baseClient.callTypedAPI("POST", `/api/v1/notifications/${pathSegment(notificationId)}/read`, undefined, options);
    }

    /** Marks all notifications as read by the caller, or those of a category or up to an instant. */
    public async markAllNotificationsRead(params: notifications.MarkAllNotificationsReadRequest, options?: CallParameters): Promise<notifications.MarkAllNotificationsReadResponse> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/notifications/read-all`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** How the caller is notified: the tenant's settings and what the caller wants otherwise. */
    public async getNotificationPreferences(options?: CallParameters): Promise<notifications.NotificationPreferences> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/notifications/preferences`, undefined, options);
      return await jsonBody(response);
    }

    /** Replaces what the caller wants otherwise than the tenant's settings say. What is left out follows the tenant. */
    public async setNotificationPreferences(params: notifications.NotificationOverrides, options?: CallParameters): Promise<notifications.NotificationPreferences> {
      const response = await this.baseClient.callTypedAPI("PUT", `/api/v1/notifications/preferences`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** Events that settings, webhooks and templates may name. */
    public async listNotifiableEventTypes(options?: CallParameters): Promise<notifications.ListNotifiableEventTypesResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/notifications/event-types`, undefined, options);
      return await jsonBody(response);
    }

    /** Tells the tenant's people of something that happened in a conversion, as far as their settings let it through. */
    public async sendConversionNotification(params: notifications.SendConversionNotificationRequest, options?: CallParameters): Promise<notifications.SendConversionNotificationResponse> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/notifications/conversion`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** What became of the mails that the tenant caused, newest first. Never what they say. */
    public async listMails(params: mail.ListMailsRequest, options?: CallParameters): Promise<mail.ListMailsResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/notifications/mails`, undefined, { ...options, query: { ...wireRecord({ state: params.state, sort: params.sort, limit: params.limit, cursor: params.cursor }), ...options?.query } });
      return await jsonBody(response);
    }

    /** What is to be told by mail and waits: for the end of quiet hours, or for a digest. */
    public async listWaitingMails(params: mail.ListWaitingMailsRequest, options?: CallParameters): Promise<mail.ListWaitingMailsResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/notifications/mails/waiting`, undefined, { ...options, query: { ...wireRecord({ sort: params.sort, limit: params.limit, cursor: params.cursor }), ...options?.query } });
      return await jsonBody(response);
    }

    /**
     * The tenant at a glance: rules and jobs, what happened last, what waits for attention, plan and limits. A service
     * that does not answer within 2 s leaves its part out, with a note.
     */
    public async getOverview(options?: CallParameters): Promise<overview.Overview> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/overview`, undefined, options);
      return await jsonBody(response);
    }

    /** Creates a project from a model. */
    public async createProject(params: codegen.CreateProjectRequest, options?: CallParameters): Promise<codegen.Project> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/projects`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** The tenant's projects, newest first. */
    public async listProjects(params: codegen.ListProjectsRequest, options?: CallParameters): Promise<codegen.ListProjectsResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/projects`, undefined, { ...options, query: { ...wireRecord({ state: params.state, sort: params.sort, limit: params.limit, cursor: params.cursor }), ...options?.query } });
      return await jsonBody(response);
    }

    /** A project with its model. */
    public async getProject(projectId: string, options?: CallParameters): Promise<codegen.Project> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/projects/${pathSegment(projectId)}`, undefined, options);
      return await jsonBody(response);
    }

    /**
     * Gives a project another model, which is a new version. What breaks for callers and consumers of the version before is
     * refused, all of it in the details, unless `acceptBreaking` is given. `If-Match` takes the ETag under which it was read.
     */
    public async replaceProject(projectId: string, params: {
      /** The project's ETag, as a read of it gave: the change is refused with 412 where the project has changed since. */
      ifMatch?: string;
      name?: string;
      description?: string;
      /** The whole model. Either this or `modelText`. */
      model?: shared.JsonValue;
      /** The whole model as text, in JSON or YAML 1.2; at most 500,000 characters. */
      modelText?: string;
      /** Takes the new model though callers or consumers of the one before break. */
      acceptBreaking?: boolean;
      /** Refuses with `aborted` (reason `revision_changed`) where the project is at another revision. */
      expectedRevision?: number;
    }, options?: CallParameters): Promise<codegen.Project> {
      const response = await this.baseClient.callTypedAPI("PUT", `/api/v1/projects/${pathSegment(projectId)}`, JSON.stringify({ name: params.name, description: params.description, model: params.model, modelText: params.modelText, acceptBreaking: params.acceptBreaking, expectedRevision: params.expectedRevision }), { ...options, headers: { ...headerRecord({ "If-Match": params.ifMatch }), ...options?.headers } });
      return await jsonBody(response);
    }

    /** Changes what the request names: name, description or model. Otherwise like `PUT`. */
    public async changeProject(projectId: string, params: {
      /** The project's ETag, as a read of it gave: the change is refused with 412 where the project has changed since. */
      ifMatch?: string;
      name?: string;
      description?: string;
      /** The whole model. Either this or `modelText`. */
      model?: shared.JsonValue;
      /** The whole model as text, in JSON or YAML 1.2; at most 500,000 characters. */
      modelText?: string;
      /** Takes the new model though callers or consumers of the one before break. */
      acceptBreaking?: boolean;
      /** Refuses with `aborted` (reason `revision_changed`) where the project is at another revision. */
      expectedRevision?: number;
    }, options?: CallParameters): Promise<codegen.Project> {
      const response = await this.baseClient.callTypedAPI("PATCH", `/api/v1/projects/${pathSegment(projectId)}`, JSON.stringify({ name: params.name, description: params.description, model: params.model, modelText: params.modelText, acceptBreaking: params.acceptBreaking, expectedRevision: params.expectedRevision }), { ...options, headers: { ...headerRecord({ "If-Match": params.ifMatch }), ...options?.headers } });
      return await jsonBody(response);
    }

    /** Removes a project with its versions and results. Its services must be stopped before. */
    public async deleteProject(projectId: string, params: {
      /** The project's ETag, as a read of it gave: the change is refused with 412 where the project has changed since. */
      ifMatch?: string;
      /** Refuses with `aborted` (reason `revision_changed`) where the project is at another revision. */
      expectedRevision?: number;
    }, options?: CallParameters): Promise<void> {
      await this.baseClient.callTypedAPI("DELETE", `/api/v1/projects/${pathSegment(projectId)}`, undefined, { ...options, query: { ...wireRecord({ expectedRevision: params.expectedRevision }), ...options?.query }, headers: { ...headerRecord({ "If-Match": params.ifMatch }), ...options?.headers } });
    }

    /** Puts a project away: it is kept, and nothing is done with it. */
    public async archiveProject(projectId: string, params: {
      /** The project's ETag, as a read of it gave: the change is refused with 412 where the project has changed since. */
      ifMatch?: string;
      /** Refuses with `aborted` (reason `revision_changed`) where the project is at another revision. */
      expectedRevision?: number;
    }, options?: CallParameters): Promise<codegen.Project> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/projects/${pathSegment(projectId)}/archive`, JSON.stringify({ expectedRevision: params.expectedRevision }), { ...options, headers: { ...headerRecord({ "If-Match": params.ifMatch }), ...options?.headers } });
      return await jsonBody(response);
    }

    /** Takes up a project that was put away. */
    public async restoreProject(projectId: string, params: {
      /** The project's ETag, as a read of it gave: the change is refused with 412 where the project has changed since. */
      ifMatch?: string;
      /** Refuses with `aborted` (reason `revision_changed`) where the project is at another revision. */
      expectedRevision?: number;
    }, options?: CallParameters): Promise<codegen.Project> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/projects/${pathSegment(projectId)}/restore`, JSON.stringify({ expectedRevision: params.expectedRevision }), { ...options, headers: { ...headerRecord({ "If-Match": params.ifMatch }), ...options?.headers } });
      return await jsonBody(response);
    }

    /** All versions of a project's model, newest first, each with what it breaks of the one before. */
    public async listProjectVersions(projectId: string, params: {
      /** `version`, with `-` before it for falling order; `-version` by default. */
      sort?: string;
      /** 1 to 200; 50 by default. */
      limit?: number;
      /** `nextCursor` of the page before. */
      cursor?: string;
    }, options?: CallParameters): Promise<codegen.ListProjectVersionsResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/projects/${pathSegment(projectId)}/versions`, undefined, { ...options, query: { ...wireRecord({ sort: params.sort, limit: params.limit, cursor: params.cursor }), ...options?.query } });
      return await jsonBody(response);
    }

    /** A version of a project's model. */
    public async getProjectVersion(projectId: string, version: number, options?: CallParameters): Promise<codegen.ProjectVersion> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/projects/${pathSegment(projectId)}/versions/${pathSegment(version)}`, undefined, options);
      return await jsonBody(response);
    }

    /** How two versions of a project differ: their models, or the files that are generated from them, as unified diffs. */
    public async diffProjectVersions(projectId: string, params: {
      /** Version to compare with. */
      from: number;
      /** Version that is compared; the newest by default. */
      to?: number;
      /** `model`: the models. `files`: what is generated from them, each anew. `model` by default. */
      of?: "model" | "files";
      /** Files on a page, 1 to 100; 20 by default. */
      limit?: number;
      /** `nextCursor` of the page before. */
      cursor?: string;
    }, options?: CallParameters): Promise<codegen.VersionDiff> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/projects/${pathSegment(projectId)}/diff`, undefined, { ...options, query: { ...wireRecord({ from: params.from, to: params.to, of: params.of, limit: params.limit, cursor: params.cursor }), ...options?.query } });
      return await jsonBody(response);
    }

    /** What is wrong with a project model, all of it at once, without saving it. */
    public async checkProjectModel(params: codegen.CheckProjectModelRequest, options?: CallParameters): Promise<codegen.CheckProjectModelResponse> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/projects/check`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** Services and events of a project, and what goes between them. */
    public async getProjectGraph(projectId: string, options?: CallParameters): Promise<codegen.ProjectGraphResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/projects/${pathSegment(projectId)}/graph`, undefined, options);
      return await jsonBody(response);
    }

    /** Queues the generation of a project's services; the answer is the job, to be followed. */
    public async generateProject(projectId: string, params: {
      /** Version of the model; the newest by default. */
      version?: number;
      /** A second request with the same key answers with the first one's generation. At most 200 characters. */
      idempotencyKey?: string;
    }, options?: CallParameters): Promise<codegen.Generation> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/projects/${pathSegment(projectId)}/generate`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** Folds the state of a project's generations and deployments anew from its events. */
    public async rebuildProject(projectId: string, options?: CallParameters): Promise<codegen.RebuildProjectResponse> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/projects/${pathSegment(projectId)}/rebuild`, undefined, options);
      return await jsonBody(response);
    }

    /**
     * What happens, as it happens: events of the chosen rules, jobs, records and projects, and the caller's notifications,
     * over a WebSocket. A client that comes again with the `id` of its last message misses nothing and sees nothing twice.
     * Ends with a reason when the client is too slow, or its access ends. A client may acknowledge what it has with
     * `{ "ack": ID }`, now and then: one that does not comes again after every thousand messages on some hosts.
     */
    public async realtime(params: realtime.RealtimeHandshake, options?: CallParameters): Promise<StreamInOut<realtime.RealtimeAcknowledgement, realtime.RealtimeMessage>> {
      return new StreamInOut(await this.baseClient.streamTarget(`/api/v1/realtime`, { ...options, query: { ...wireRecord({ topics: params.topics, lastEventId: params.lastEventId }), ...options?.query } }));
    }

    /** The roles that members of the caller's tenant can have, built-in ones first. */
    public async listRoles(options?: CallParameters): Promise<user_management.ListRolesResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/roles`, undefined, options);
      return await jsonBody(response);
    }

    /** Defines a role of the tenant, with permissions that the caller has. */
    public async createRole(params: user_management.SaveRoleRequest, options?: CallParameters): Promise<user_management.Role> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/roles`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** Changes what a role of the tenant allows, at once for all who have it. */
    public async updateRole(name: string, params: {
      /** At most 500 characters. */
      description?: string;
      permissions: user_management.Permission[];
    }, options?: CallParameters): Promise<user_management.Role> {
      const response = await this.baseClient.callTypedAPI("PUT", `/api/v1/roles/${pathSegment(name)}`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** Deletes a role of the tenant that nobody has. */
    public async deleteRole(name: string, options?: CallParameters): Promise<void> {
      await this.baseClient.callTypedAPI("DELETE", `/api/v1/roles/${pathSegment(name)}`, undefined, options);
    }

    /** Creates a conversion rule. A rule with problems is refused, with all of them in the details. */
    public async createRule(params: entity_conversion.CreateRuleRequest, options?: CallParameters): Promise<entity_conversion.Rule> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/conversion/rules`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** The tenant's rules, newest first, each at its latest version. */
    public async listRules(params: entity_conversion.ListRulesRequest, options?: CallParameters): Promise<entity_conversion.ListRulesResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/conversion/rules`, undefined, { ...options, query: { ...wireRecord({ state: params.state, sourceEntity: params.sourceEntity, targetEntity: params.targetEntity, triggerMode: params.triggerMode, search: params.search, sort: params.sort, limit: params.limit, cursor: params.cursor }), ...options?.query } });
      return await jsonBody(response);
    }

    /** A rule at its latest version, or at the version asked for. */
    public async getRule(ruleId: string, params: {
      /** The latest by default. */
      version?: number;
    }, options?: CallParameters): Promise<entity_conversion.Rule> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/conversion/rules/${pathSegment(ruleId)}`, undefined, { ...options, query: { ...wireRecord({ version: params.version }), ...options?.query } });
      return await jsonBody(response);
    }

    /** Gives a rule a new version; earlier ones stay as they are. `If-Match` takes the ETag under which it was read. */
    public async updateRule(ruleId: string, params: {
      /** The rule's ETag, as a read of it gave: the change is refused with 412 where the rule has changed since. */
      ifMatch?: string;
      definition: entity_conversion.RuleDefinitionInput;
      /** Refuses with `aborted` (reason `version_changed`) where the latest version is another one. */
      expectedVersion?: number;
      /** Refuses with `aborted` (reason `revision_changed`) where the rule is at another revision. */
      expectedRevision?: number;
    }, options?: CallParameters): Promise<entity_conversion.Rule> {
      const response = await this.baseClient.callTypedAPI("PUT", `/api/v1/conversion/rules/${pathSegment(ruleId)}`, JSON.stringify({ definition: params.definition, expectedVersion: params.expectedVersion, expectedRevision: params.expectedRevision }), { ...options, headers: { ...headerRecord({ "If-Match": params.ifMatch }), ...options?.headers } });
      return await jsonBody(response);
    }

    /** All versions of a rule, newest first. */
    public async listRuleVersions(ruleId: string, params: {
      /** `version`, with `-` before it for falling order; `-version` by default. */
      sort?: string;
      /** 1 to 200; 50 by default. */
      limit?: number;
      /** `nextCursor` of the page before. */
      cursor?: string;
    }, options?: CallParameters): Promise<entity_conversion.ListRuleVersionsResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/conversion/rules/${pathSegment(ruleId)}/versions`, undefined, { ...options, query: { ...wireRecord({ sort: params.sort, limit: params.limit, cursor: params.cursor }), ...options?.query } });
      return await jsonBody(response);
    }

    /**
     * Puts a draft to use, or a retired rule again. It is checked once more: one that no longer fits its entities is
     * refused with all problems. `If-Match` takes the ETag under which it was read.
     */
    public async activateRule(ruleId: string, params: {
      /** The rule's ETag, as a read of it gave: the change is refused with 412 where the rule has changed since. */
      ifMatch?: string;
      /** Refuses with `aborted` (reason `revision_changed`) where the rule is at another revision. */
      expectedRevision?: number;
    }, options?: CallParameters): Promise<entity_conversion.Rule> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/conversion/rules/${pathSegment(ruleId)}/activate`, JSON.stringify({ expectedRevision: params.expectedRevision }), { ...options, headers: { ...headerRecord({ "If-Match": params.ifMatch }), ...options?.headers } });
      return await jsonBody(response);
    }

    /** Takes a rule out of use. `If-Match` takes the ETag under which it was read. */
    public async retireRule(ruleId: string, params: {
      /** The rule's ETag, as a read of it gave: the change is refused with 412 where the rule has changed since. */
      ifMatch?: string;
      /** Refuses with `aborted` (reason `revision_changed`) where the rule is at another revision. */
      expectedRevision?: number;
    }, options?: CallParameters): Promise<entity_conversion.Rule> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/conversion/rules/${pathSegment(ruleId)}/retire`, JSON.stringify({ expectedRevision: params.expectedRevision }), { ...options, headers: { ...headerRecord({ "If-Match": params.ifMatch }), ...options?.headers } });
      return await jsonBody(response);
    }

    /**
     * The tenant's rules as a file that an import takes, at their latest versions, newest first. Its JSON Schema is at
     * `/api/v1/conversion/rules/schema.json`.
     */
    public async exportRules(params: entity_conversion.ExportRulesRequest, options?: CallParameters): Promise<entity_conversion.ExportRulesResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/conversion/rules/export`, undefined, { ...options, query: { ...wireRecord({ state: params.state, sourceEntity: params.sourceEntity, targetEntity: params.targetEntity, limit: params.limit, cursor: params.cursor }), ...options?.query } });
      return await jsonBody(response);
    }

    /**
     * Takes rules from a file. Each is checked like a rule that is created, and the answer tells what became of it; one
     * that is refused keeps no other from being imported. With `dryRun` nothing is saved.
     */
    public async importRules(params: entity_conversion.ImportRulesRequest, options?: CallParameters): Promise<entity_conversion.ImportRulesResponse> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/conversion/rules/import`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /**
     * Makes rules of the rows of a legacy table of rules: source entity, target entity, and a field mapping as JSON. The
     * answer tells of each row what was taken, changed and refused, and why. With `dryRun` nothing is saved.
     */
    public async importLegacyRules(params: entity_conversion.ImportLegacyRulesRequest, options?: CallParameters): Promise<entity_conversion.ImportLegacyRulesResponse> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/conversion/rules/import-legacy`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** What became of the records that a rule was run on. */
    public async getRuleStatistics(ruleId: string, options?: CallParameters): Promise<processing.RuleStatistics> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/conversion/rules/${pathSegment(ruleId)}/statistics`, undefined, options);
      return await jsonBody(response);
    }

    /** The schema of an entity, as its live database has it; up to 5 minutes old. */
    public async analyzeEntity(entityType: string, params: {
      /** Data source; the built-in workspace by default. */
      source?: string;
      /** Reads the database even where a schema not older than 5 minutes is at hand. */
      refresh?: boolean;
    }, options?: CallParameters): Promise<schema_discovery.EntitySchema> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/schema/analyze/${pathSegment(entityType)}`, undefined, { ...options, query: { ...wireRecord({ source: params.source, refresh: params.refresh }), ...options?.query } });
      return await jsonBody(response);
    }

    /** The entities of a data source. */
    public async listEntities(params: schema_discovery.ListEntitiesRequest, options?: CallParameters): Promise<schema_discovery.ListEntitiesResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/schema/entities`, undefined, { ...options, query: { ...wireRecord({ source: params.source, search: params.search, sort: params.sort, limit: params.limit, cursor: params.cursor }), ...options?.query } });
      return await jsonBody(response);
    }

    /** Reads a page of a data source's entities anew from its live database, and says what is new, changed or gone. */
    public async refreshSchemas(params: schema_discovery.RefreshSchemasRequest, options?: CallParameters): Promise<schema_discovery.RefreshSchemasResponse> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/schema/refresh`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** Ranked field mappings from one entity to another. */
    public async suggestMapping(params: schema_discovery.SuggestMappingRequest, options?: CallParameters): Promise<schema_discovery.SuggestMappingResponse> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/schema/suggest-mapping`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** Starts an export of all that is held of the caller's tenant. Passwords, keys and tokens are not among it. */
    public async startTenantExport(tenantId: string, options?: CallParameters): Promise<tenant_management.TenantExport> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/tenants/${pathSegment(tenantId)}/exports`, undefined, options);
      return await jsonBody(response);
    }

    /** The tenant's exports, newest first. */
    public async listTenantExports(tenantId: string, params: {
      /** `createdAt`, with `-` before it for falling order; `-createdAt` by default. */
      sort?: string;
      /** 1 to 100; 20 by default. */
      limit?: number;
      /** `nextCursor` of the page before. */
      cursor?: string;
    }, options?: CallParameters): Promise<tenant_management.ListTenantExportsResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/tenants/${pathSegment(tenantId)}/exports`, undefined, { ...options, query: { ...wireRecord({ sort: params.sort, limit: params.limit, cursor: params.cursor }), ...options?.query } });
      return await jsonBody(response);
    }

    /** An export with how far it is. */
    public async getTenantExport(tenantId: string, exportId: string, options?: CallParameters): Promise<tenant_management.TenantExport> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/tenants/${pathSegment(tenantId)}/exports/${pathSegment(exportId)}`, undefined, options);
      return await jsonBody(response);
    }

    /** Removes an export that has ended. */
    public async deleteTenantExport(tenantId: string, exportId: string, options?: CallParameters): Promise<void> {
      await this.baseClient.callTypedAPI("DELETE", `/api/v1/tenants/${pathSegment(tenantId)}/exports/${pathSegment(exportId)}`, undefined, options);
    }

    /** Suspends the caller's tenant: until it is resumed, nothing of it runs and nearly every call is refused. */
    public async suspendTenant(tenantId: string, options?: CallParameters): Promise<tenant_management.Tenant> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/tenants/${pathSegment(tenantId)}/suspend`, undefined, options);
      return await jsonBody(response);
    }

    /** Lets the caller's suspended tenant go on. */
    public async resumeTenant(tenantId: string, options?: CallParameters): Promise<tenant_management.Tenant> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/tenants/${pathSegment(tenantId)}/resume`, undefined, options);
      return await jsonBody(response);
    }

    /**
     * Asks for the deletion of the caller's tenant, confirmed by its slug. From now on nothing of it runs; when the grace
     * period is over, all its data is removed. Keep the `receiptId`.
     */
    public async requestTenantDeletion(tenantId: string, params: {
      /** The tenant's slug, against deleting the wrong one. */
      confirmSlug: string;
    }, options?: CallParameters): Promise<tenant_management.TenantDeletion> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/tenants/${pathSegment(tenantId)}/deletion`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** How far the deletion of the caller's tenant is. */
    public async getTenantDeletion(tenantId: string, options?: CallParameters): Promise<tenant_management.TenantDeletion> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/tenants/${pathSegment(tenantId)}/deletion`, undefined, options);
      return await jsonBody(response);
    }

    /** Takes the request for deletion back, within the grace period. */
    public async cancelTenantDeletion(tenantId: string, options?: CallParameters): Promise<void> {
      await this.baseClient.callTypedAPI("DELETE", `/api/v1/tenants/${pathSegment(tenantId)}/deletion`, undefined, options);
    }

    /** What was removed of a deleted tenant, by the id that the request for deletion was answered with. */
    public async getDeletionReceipt(receiptId: string, options?: CallParameters): Promise<tenant_management.TenantDeletion> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/deletion-receipts/${pathSegment(receiptId)}`, undefined, options);
      return await jsonBody(response);
    }

    /** The caller's tenant. */
    public async getTenant(tenantId: string, options?: CallParameters): Promise<tenant_management.Tenant> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/tenants/${pathSegment(tenantId)}`, undefined, options);
      return await jsonBody(response);
    }

    /** Changes the name or the slug of the caller's tenant. The old slug is free at once. */
    public async updateTenant(tenantId: string, params: {
      slug?: string;
      name?: string;
    }, options?: CallParameters): Promise<tenant_management.Tenant> {
      const response = await this.baseClient.callTypedAPI("PATCH", `/api/v1/tenants/${pathSegment(tenantId)}`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** What the tenant's plan allows, and how much of it is used. */
    public async getTenantLimits(tenantId: string, options?: CallParameters): Promise<tenant_management.TenantLimitsResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/tenants/${pathSegment(tenantId)}/limits`, undefined, options);
      return await jsonBody(response);
    }

    /** Origins whose pages may call the API. */
    public async getCorsOrigins(tenantId: string, options?: CallParameters): Promise<tenant_management.CorsOrigins> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/tenants/${pathSegment(tenantId)}/cors-origins`, undefined, options);
      return await jsonBody(response);
    }

    /** Replaces the origins whose pages may call the API. */
    public async setCorsOrigins(tenantId: string, params: {
      /** `https://host[:port]`, or `http://` for localhost; 50 at most. They replace the earlier ones. */
      origins: string[];
    }, options?: CallParameters): Promise<tenant_management.CorsOrigins> {
      const response = await this.baseClient.callTypedAPI("PUT", `/api/v1/tenants/${pathSegment(tenantId)}/cors-origins`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** How the tenant's conversions run, defaults included. */
    public async getConversionConfig(tenantId: string, options?: CallParameters): Promise<tenant_management.ConversionConfig> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/tenants/${pathSegment(tenantId)}/conversion-config`, undefined, options);
      return await jsonBody(response);
    }

    /** Changes how the tenant's conversions run. */
    public async updateConversionConfig(tenantId: string, params: {
      automaticConversion?: boolean;
      batchSize?: number;
      maxConcurrentJobs?: number;
    }, options?: CallParameters): Promise<tenant_management.ConversionConfig> {
      const response = await this.baseClient.callTypedAPI("PUT", `/api/v1/tenants/${pathSegment(tenantId)}/conversion-config`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** Which notifications the tenant gets, defaults included. */
    public async getNotificationSettings(tenantId: string, options?: CallParameters): Promise<tenant_management.NotificationSettings> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/tenants/${pathSegment(tenantId)}/notification-settings`, undefined, options);
      return await jsonBody(response);
    }

    /** Changes which notifications the tenant gets. */
    public async updateNotificationSettings(tenantId: string, params: {
      inApp?: boolean;
      email?: boolean;
      events?: string[];
      ruleIds?: string[];
      recipients?: tenant_management.SetNotificationRecipients;
      minimumPriority?: types.NotificationPriority;
      /** Replaces the whole map. */
      eventSettings?: { [key: string]: tenant_management.EventNotificationSettings };
      /** `null`: none. */
      quietHours?: tenant_management.QuietHours | null;
      digest?: tenant_management.DigestMode;
      digestHour?: number;
      timeZone?: string;
      language?: types.MailLanguage;
    }, options?: CallParameters): Promise<tenant_management.NotificationSettings> {
      const response = await this.baseClient.callTypedAPI("PUT", `/api/v1/tenants/${pathSegment(tenantId)}/notification-settings`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** Every event, conversion, notification and audit entry of a record, in order. */
    public async getTimeline(recordId: string, params: {
      /** Entity of the record, where ids of several entities are alike. */
      entity?: string;
      /** `asc`, oldest first, by default; `desc` for newest first. */
      order?: "asc" | "desc";
      /** Events a page: 1 to 200; 50 by default. An event may give several entries. */
      limit?: number;
      /** `nextCursor` of the page before. */
      cursor?: string;
    }, options?: CallParameters): Promise<timeline.TimelineResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/timeline/${pathSegment(recordId)}`, undefined, { ...options, query: { ...wireRecord({ entity: params.entity, order: params.order, limit: params.limit, cursor: params.cursor }), ...options?.query } });
      return await jsonBody(response);
    }

    /**
     * Makes the organization's record timeline anew from the kept events, and says what was not as the events say. A large
     * one takes several calls: each goes on from `nextPosition` of the one before.
     */
    public async rebuildTimeline(params: timeline.RebuildTimelineRequest, options?: CallParameters): Promise<timeline.RebuildTimelineResponse> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/timeline/rebuild`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** Starts the automatic conversions of a record that was made or changed. */
    public async checkTriggers(params: processing.CheckTriggersRequest, options?: CallParameters): Promise<processing.CheckTriggersResponse> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/triggers/check`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** How changes of the tenant's data sources are noticed: of those that active automatic rules stand on. */
    public async listTriggerSources(params: triggers.ListTriggerSourcesRequest, options?: CallParameters): Promise<triggers.ListTriggerSourcesResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/triggers/sources`, undefined, { ...options, query: { ...wireRecord({ sort: params.sort, limit: params.limit, cursor: params.cursor }), ...options?.query } });
      return await jsonBody(response);
    }

    /** How changes of one data source are noticed: mode, slot, publication, lag, last change, error. */
    public async getTriggerSource(dataSource: string, options?: CallParameters): Promise<triggers.TriggerSource> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/triggers/sources/${pathSegment(dataSource)}`, undefined, options);
      return await jsonBody(response);
    }

    /** Stops noticing changes of a data source, and removes the replication slot and the publication made there. */
    public async stopTriggerSource(dataSource: string, options?: CallParameters): Promise<triggers.TriggerSource> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/triggers/sources/${pathSegment(dataSource)}/stop`, undefined, options);
      return await jsonBody(response);
    }

    /** Notices changes of a data source again, from now on. */
    public async startTriggerSource(dataSource: string, options?: CallParameters): Promise<triggers.TriggerSource> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/triggers/sources/${pathSegment(dataSource)}/start`, undefined, options);
      return await jsonBody(response);
    }

    /** Conversions that changes have started, those of the last changes first. */
    public async listTriggerRuns(params: triggers.ListTriggerRunsRequest, options?: CallParameters): Promise<triggers.ListTriggerRunsResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/triggers/runs`, undefined, { ...options, query: { ...wireRecord({ state: params.state, ruleId: params.ruleId, dataSource: params.dataSource, sourceRecordId: params.sourceRecordId, sort: params.sort, limit: params.limit, cursor: params.cursor }), ...options?.query } });
      return await jsonBody(response);
    }

    /** Runs a triggered conversion that failed, or was stopped as a loop, again. */
    public async retryTriggerRun(runId: string, options?: CallParameters): Promise<triggers.TriggerRun> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/triggers/runs/${pathSegment(runId)}/retry`, undefined, options);
      return await jsonBody(response);
    }

    /** Gives up a triggered conversion that failed or was stopped. */
    public async discardTriggerRun(runId: string, options?: CallParameters): Promise<triggers.TriggerRun> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/triggers/runs/${pathSegment(runId)}/discard`, undefined, options);
      return await jsonBody(response);
    }

    /** Has events posted to an address. Its signing secret is shown this once. */
    public async createWebhook(params: webhooks.CreateWebhookRequest, options?: CallParameters): Promise<webhooks.WebhookWithSecret> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/webhooks`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** The tenant's webhooks, newest first. */
    public async listWebhooks(params: webhooks.ListWebhooksRequest, options?: CallParameters): Promise<webhooks.ListWebhooksResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/webhooks`, undefined, { ...options, query: { ...wireRecord({ state: params.state, sort: params.sort, limit: params.limit, cursor: params.cursor }), ...options?.query } });
      return await jsonBody(response);
    }

    /** One webhook. */
    public async getWebhook(webhookId: string, options?: CallParameters): Promise<webhooks.Webhook> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/webhooks/${pathSegment(webhookId)}`, undefined, options);
      return await jsonBody(response);
    }

    /** Changes a webhook's address or what it gets. */
    public async updateWebhook(webhookId: string, params: {
      url?: string;
      description?: string;
      eventTypes?: string[];
      ruleIds?: string[];
      language?: types.MailLanguage;
    }, options?: CallParameters): Promise<webhooks.Webhook> {
      const response = await this.baseClient.callTypedAPI("PATCH", `/api/v1/webhooks/${pathSegment(webhookId)}`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** Removes a webhook with what waits for it and its log. */
    public async deleteWebhook(webhookId: string, options?: CallParameters): Promise<void> {
      await this.baseClient.callTypedAPI("DELETE", `/api/v1/webhooks/${pathSegment(webhookId)}`, undefined, options);
    }

    /** Gives a webhook a new secret, shown this once. The old one signs as well while the overlap lasts. */
    public async rotateWebhookSecret(webhookId: string, params: {
      /** How long the old secret signs as well: 0 to 168 hours; 24 by default. */
      overlapHours?: number;
    }, options?: CallParameters): Promise<webhooks.WebhookWithSecret> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/webhooks/${pathSegment(webhookId)}/rotate-secret`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** Lets events wait until the webhook is enabled. */
    public async pauseWebhook(webhookId: string, options?: CallParameters): Promise<webhooks.Webhook> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/webhooks/${pathSegment(webhookId)}/pause`, undefined, options);
      return await jsonBody(response);
    }

    /** Lets a webhook that was paused or disabled go on. */
    public async enableWebhook(webhookId: string, options?: CallParameters): Promise<webhooks.Webhook> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/webhooks/${pathSegment(webhookId)}/enable`, undefined, options);
      return await jsonBody(response);
    }

    /** Posts a test event, `webhook.test`. The delivery tells what became of it. */
    public async testWebhook(webhookId: string, options?: CallParameters): Promise<webhooks.WebhookDelivery> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/webhooks/${pathSegment(webhookId)}/test`, undefined, options);
      return await jsonBody(response);
    }

    /** What was posted to a webhook, newest first. */
    public async listWebhookDeliveries(webhookId: string, params: {
      state?: webhooks.WebhookDeliveryState;
      eventType?: string;
      /** `createdAt`, with `-` before it for falling order; `-createdAt` by default. */
      sort?: string;
      /** 1 to 200; 50 by default. */
      limit?: number;
      /** `nextCursor` of the page before. */
      cursor?: string;
    }, options?: CallParameters): Promise<webhooks.ListWebhookDeliveriesResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/webhooks/${pathSegment(webhookId)}/deliveries`, undefined, { ...options, query: { ...wireRecord({ state: params.state, eventType: params.eventType, sort: params.sort, limit: params.limit, cursor: params.cursor }), ...options?.query } });
      return await jsonBody(response);
    }

    /** One delivery with its requests and their answers. */
    public async getWebhookDelivery(webhookId: string, deliveryId: string, options?: CallParameters): Promise<webhooks.GetWebhookDeliveryResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/webhooks/${pathSegment(webhookId)}/deliveries/${pathSegment(deliveryId)}`, undefined, options);
      return await jsonBody(response);
    }

    /** Posts a delivery again under the same `webhook-id`, whatever became of it. */
    public async resendWebhookDelivery(webhookId: string, deliveryId: string, options?: CallParameters): Promise<webhooks.WebhookDelivery> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/webhooks/${pathSegment(webhookId)}/deliveries/${pathSegment(deliveryId)}/resend`, undefined, options);
      return await jsonBody(response);
    }

    /** Makes an entity in the built-in workspace database. */
    public async createWorkspaceEntity(params: workspace.CreateWorkspaceEntityRequest, options?: CallParameters): Promise<workspace.CreateWorkspaceEntityResponse> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/workspace/entities`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** The entities of the built-in workspace database. */
    public async listWorkspaceEntities(params: workspace.ListWorkspaceEntitiesRequest, options?: CallParameters): Promise<workspace.ListWorkspaceEntitiesResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/workspace/entities`, undefined, { ...options, query: { ...wireRecord({ sort: params.sort, limit: params.limit, cursor: params.cursor }), ...options?.query } });
      return await jsonBody(response);
    }

    /** Loads up to 5,000 records into a workspace entity, in a body of up to 8 MiB. */
    public async loadRecords(entity: string, params: {
      /** Up to 5,000 records: field → value. A record whose key is there already takes the new values. */
      records: { [key: string]: shared.JsonValue }[];
    }, options?: CallParameters): Promise<workspace.LoadRecordsResponse> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/workspace/entities/${pathSegment(entity)}/records`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** Records of a workspace entity. */
    public async listRecords(entity: string, params: {
      /** Condition in the expression language on `record`, e.g. `record.country == "DE"`. */
      filter?: string;
      /**
       * The first field of the key, or a unique and required field, with `-` before it for falling order; the key by
       * default.
       */
      sort?: string;
      /** 1 to 1000; 100 by default. */
      limit?: number;
      /** `nextCursor` of the page before. */
      cursor?: string;
    }, options?: CallParameters): Promise<workspace.ListRecordsResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/workspace/entities/${pathSegment(entity)}/records`, undefined, { ...options, query: { ...wireRecord({ filter: params.filter, sort: params.sort, limit: params.limit, cursor: params.cursor }), ...options?.query } });
      return await jsonBody(response);
    }

    /** One record of a workspace entity. */
    public async getRecord(entity: string, recordId: string, options?: CallParameters): Promise<workspace.WorkspaceRecord> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/workspace/entities/${pathSegment(entity)}/records/${pathSegment(recordId)}`, undefined, options);
      return await jsonBody(response);
    }
  }
}

export namespace audit {
  export interface AuditEntriesResponse {
    /** Newest first, or as asked for. */
    entries: audit.AuditEntry[];
    /** Absent on the last page. */
    nextCursor?: string;
    /** Number of all entries that fit, where it was asked for. */
    total?: number;
  }

  /** One line of the audit log: what was done to one record, or to a rule, a job or a setting. */
  export interface AuditEntry {
    /** Place of the entry in the tenant's chain, from 1. */
    id: string;
    /** `entity-converted`, `entity-unchanged`, `entity-skipped`, `conversion-failed`, `rule-created`, … */
    eventType: string;
    ruleId?: string;
    jobId?: string;
    sourceRecordId?: string;
    targetRecordId?: string;
    performedBy: string;
    timestamp: string;
    details: { [key: string]: shared.JsonValue };
    /** The event that the entry was written for. */
    eventId: string;
    correlationId?: string;
    /** When the entry was appended. */
    recordedAt: string;
    /** Hash of the entry before, in hex. */
    previousHash: string;
    /** SHA-256 over the hash before and what the entry says, in hex. */
    hash: string;
  }

  /** A public key that audit logs are signed with: a JSON Web Key (RFC 8037). */
  export interface AuditKey {
    kid: string;
    kty: "OKP";
    crv: "Ed25519";
    /** base64url */
    x: string;
  }

  export interface AuditKeysResponse {
    /** The key that signs now is the first; the others signed before. */
    keys: audit.AuditKey[];
  }

  /** Something that an untouched audit log does not have. */
  export interface AuditProblem {
    /**
     * - `edited`: an entry does not say what it said when it was written
     * - `removed`: entries within the log are missing
     * - `inserted`: an entry was not written by this system
     * - `reordered`: an entry is not in its place
     * - `cut-tail`: entries at the end are missing
     * - `rewritten`: entries were hashed anew, so that they only fit each other
     * - `signature-invalid`: the head, checkpoint or an anchor is not signed by a key of this system
     */
    kind: "edited" | "removed" | "inserted" | "reordered" | "cut-tail" | "rewritten" | "signature-invalid";
    /** The first entry that it is about. */
    sequence: number;
    /** The last one. */
    toSequence: number;
    message: string;
  }

  export interface AuditTrailRequest {
    /** Id of a source record or of a target record. */
    recordId: string;
    /** `timestamp`, with `-` before it for falling order; `-timestamp` by default. */
    sort?: string;
    /** 1 to 500; 100 by default. */
    limit?: number;
    /** `nextCursor` of the page before. */
    cursor?: string;
  }

  /** What following the tenant's chain of hashes has shown. */
  export interface AuditVerification {
    /** Nothing was touched, as far as this part goes. */
    valid: boolean;
    /** The chain was followed to its end. */
    complete: boolean;
    /** Where the next part begins; absent once the end was reached. */
    nextCursor?: string;
    /** Entries whose hash and place are right. */
    verifiedEntries: number;
    firstSequence: number;
    /** The entry up to which the chain was followed. */
    lastSequence: number;
    /** The signed end of the chain; absent where nothing was written yet. */
    head?: audit.SignedPoint;
    /** Up to where entries were removed because their time was over. */
    checkpoint?: audit.SignedPoint;
    /** The newest point that is kept apart from the database. */
    newestAnchor?: audit.SignedPoint;
    /** The first 100. */
    problems: audit.AuditProblem[];
    problemCount: number;
  }

  export interface ListAuditEntriesRequest {
    ruleId?: string;
    jobId?: string;
    eventType?: string;
    performedBy?: string;
    /** Entries at this instant or later. */
    from?: string;
    /** Entries before this instant. */
    to?: string;
    /** Answers with the number of all entries that fit, too. */
    count?: boolean;
    /** `timestamp`, with `-` before it for falling order; `-timestamp` by default. */
    sort?: string;
    /** 1 to 500; 100 by default. */
    limit?: number;
    /** `nextCursor` of the page before. */
    cursor?: string;
  }

  export interface LogActivityResponse {
    /** False where an entry with the same `eventId` was there already. */
    logged: boolean;
  }

  /** A signed point of the tenant's chain. */
  export interface SignedPoint {
    /** Number of the entry. */
    sequence: number;
    /** Its hash. */
    hash: string;
    /** When the entry was appended, ISO 8601. */
    recordedAt: string;
    /** Ed25519 over the canonical JSON of `purpose`, `tenantId`, `sequence`, `hash` and `recordedAt`, base64url. */
    signature: string;
    /** Which key signed. */
    keyId: string;
  }

  export interface VerifyAuditLogRequest {
    /** `nextCursor` of the part before; the chain's beginning by default. */
    cursor?: string;
    /** Entries followed at most, 1 to 500,000; 100,000 by default. */
    limit?: number;
  }
}

export namespace catalogue {
  /** One version of an event type, as it is published on a topic. */
  export interface CataloguedEvent {
    topic: string;
    type: string;
    version: number;
    /** What it tells. */
    description: string;
    /** Services that publish it. */
    producers: string[];
    /** Subscriptions that handle it, as `service/subscription`. */
    consumers: string[];
    /** JSON Schema (2020-12) of the event's body. */
    schema: { [key: string]: shared.JsonValue };
  }
}

export namespace codegen {
  /** A change of a contract that what relies on it does not survive. */
  export interface BreakingModelChange {
    /** `service_removed`, `operation_removed`, `operation_moved`, `value_removed`, `value_changed`, `value_required`, `event_removed`. */
    code: string;
    /** What changed, e.g. `catalog.reserveStock.quantity`. */
    subject: string;
    message: string;
    /** Services of the project that call or consume it. */
    breaks: string[];
  }

  export interface CheckProjectModelRequest {
    /** Either this or `modelText`. */
    model?: shared.JsonValue;
    /** The model as text, in JSON or YAML 1.2; at most 500,000 characters. */
    modelText?: string;
  }

  export interface CheckProjectModelResponse {
    /** The model has no errors. */
    valid: boolean;
    /** All of them at once, in the order of the model; at most 200. */
    problems: codegen.ProjectModelProblem[];
  }

  export interface CreateProjectRequest {
    /** A lower-case letter, then letters, digits and hyphens; at most 63 characters. Unique in the tenant. */
    name: string;
    description?: string;
    /** The project model: services, their entities, operations and dependencies. Either this or `modelText`. */
    model?: shared.JsonValue;
    /** The model as text, in JSON or YAML 1.2; at most 500,000 characters. */
    modelText?: string;
  }

  /** A service of a deployment. */
  export interface DeployedService {
    name: string;
    /** `ended`: its process ended by itself and is started again. */
    state: "healthy" | "ended" | "stopped";
    port: number;
    /** Where it answers, on the machine of the platform. */
    url: string;
  }

  /** A generation that is brought to run. */
  export interface Deployment {
    id: string;
    projectId: string;
    generationId: string;
    modelVersion: number;
    driver: codegen.DeploymentDriver;
    state: codegen.DeploymentState;
    /** What is being done, or was when it failed. */
    step?: codegen.DeploymentStep;
    services: codegen.DeployedService[];
    /** Why it failed: `port_taken`, `install_failed`, `build_failed`, `migration_failed`, `not_healthy`, `crashed`, `interrupted`, `cancelled`, … */
    errorCode?: string;
    error?: string;
    /** The deployment that serves on after this one failed. */
    rolledBackTo?: string;
    requestedBy: string;
    requestedAt: string;
    startedAt?: string;
    finishedAt?: string;
  }

  /** `local`: processes on the machine of the platform. `bundle`: files for Compose or Swarm. */
  export type DeploymentDriver = "local" | "bundle";

  export interface DeploymentLog {
    source: string;
    /** Oldest first. */
    lines: string[];
  }

  export interface DeploymentMetrics {
    service: string;
    /** Metrics in the Prometheus text format, as the service tells them. */
    text: string;
    /** Memory that its process holds, where the machine tells it. */
    residentBytes?: number;
  }

  export interface DeploymentPathRequest {
    deploymentId: string;
  }

  /**
   * `running`: its services answer. `completed`: a bundle is there to be downloaded. `rolled_back`: it failed, and the one
   * before serves on.
   */
  export type DeploymentState = "queued" | "deploying" | "running" | "completed" | "failed" | "rolled_back" | "stopped";

  export type DeploymentStep = "unpack" | "install" | "build" | "databases" | "migrate" | "start";

  export interface DiffGenerationRequest {
    generationId: string;
    /** The generation to compare with; by default the one that this one goes on from. */
    from?: string;
    /** Only files below this folder. */
    folder?: string;
    /** Files on a page, 1 to 100; 20 by default. */
    limit?: number;
    /** `nextCursor` of the page before. */
    cursor?: string;
  }

  export interface DiffVersionsRequest {
    projectId: string;
    /** Version to compare with. */
    from: number;
    /** Version that is compared; the newest by default. */
    to?: number;
    /** `model`: the models. `files`: what is generated from them, each anew. `model` by default. */
    of?: "model" | "files";
    /** Files on a page, 1 to 100; 20 by default. */
    limit?: number;
    /** `nextCursor` of the page before. */
    cursor?: string;
  }

  /** How a file differs between two generations. */
  export interface FileDifference {
    path: string;
    change: "added" | "removed" | "changed";
    /** Unified diff; cut after 100,000 characters. */
    diff: string;
    /** The diff was cut. */
    truncated: boolean;
  }

  /** The making of a project's files from a version of its model. */
  export interface Generation {
    id: string;
    projectId: string;
    modelVersion: number;
    state: codegen.GenerationState;
    /** The generation whose migrations this one goes on from; absent for the first. */
    previousId?: string;
    /** Services that are done, while it runs. */
    servicesDone?: number;
    /** Services to be done, while it runs. */
    servicesTotal?: number;
    /** Number of files. */
    files?: number;
    /** Of all files together. */
    bytes?: number;
    archiveBytes?: number;
    /** SHA-256 of the archive, hexadecimal. */
    archiveSha256?: string;
    /** Why it failed: `interrupted`, `too_large`, `too_slow`, `model_not_generated`. */
    errorCode?: string;
    error?: string;
    requestedBy: string;
    requestedAt: string;
    startedAt?: string;
    finishedAt?: string;
    /** When its files were removed. */
    expiredAt?: string;
  }

  export interface GenerationDiff {
    /** Absent where everything is new. */
    from?: string;
    to: string;
    added: number;
    removed: number;
    changed: number;
    /** By path. */
    files: codegen.FileDifference[];
    /** Absent on the last page. */
    nextCursor?: string;
  }

  export interface GenerationPathRequest {
    generationId: string;
  }

  /** `expired`: it was completed, and its files were removed since, for their age. */
  export type GenerationState = "queued" | "running" | "completed" | "failed" | "cancelled" | "expired";

  export interface GetGenerationFileRequest {
    generationId: string;
    /** Path of the file, such as `services/orders/src/main.ts`. */
    path: string;
  }

  export interface GetProjectRequest {
    projectId: string;
  }

  export interface GetProjectVersionRequest {
    projectId: string;
    version: number;
  }

  export interface ListDeploymentsRequest {
    /** Only those of this project. */
    projectId?: string;
    state?: codegen.DeploymentState;
    driver?: codegen.DeploymentDriver;
    /** `requestedAt`, with \`-\` before it for falling order; \`-requestedAt\` by default. */
    sort?: string;
    /** 1 to 200; 50 by default. */
    limit?: number;
    /** `nextCursor` of the page before. */
    cursor?: string;
  }

  export interface ListDeploymentsResponse {
    deployments: codegen.Deployment[];
    /** Absent on the last page. */
    nextCursor?: string;
  }

  export interface ListGenerationFilesRequest {
    generationId: string;
    /** Only files below this folder, such as `services/orders`. */
    folder?: string;
    /** 1 to 1,000; 200 by default. */
    limit?: number;
    /** `nextCursor` of the page before. */
    cursor?: string;
  }

  export interface ListGenerationFilesResponse {
    /** By path. */
    files: codegen.ResultFile[];
    /** Absent on the last page. */
    nextCursor?: string;
  }

  export interface ListGenerationsRequest {
    /** Only those of this project. */
    projectId?: string;
    state?: codegen.GenerationState;
    /** `requestedAt`, with \`-\` before it for falling order; \`-requestedAt\` by default. */
    sort?: string;
    /** 1 to 200; 50 by default. */
    limit?: number;
    /** `nextCursor` of the page before. */
    cursor?: string;
  }

  export interface ListGenerationsResponse {
    generations: codegen.Generation[];
    /** Absent on the last page. */
    nextCursor?: string;
  }

  export interface ListProjectVersionsRequest {
    projectId: string;
    /** `version`, with `-` before it for falling order; `-version` by default. */
    sort?: string;
    /** 1 to 200; 50 by default. */
    limit?: number;
    /** `nextCursor` of the page before. */
    cursor?: string;
  }

  export interface ListProjectVersionsResponse {
    /** Newest first, or as asked for. */
    versions: codegen.ProjectVersionSummary[];
    /** Absent on the last page. */
    nextCursor?: string;
  }

  export interface ListProjectsRequest {
    /** `active` by default; `archived`, or `all`. */
    state?: "active" | "archived" | "all";
    /** `createdAt`, `updatedAt` or `name`, with \`-\` before it for falling order; \`-createdAt\` by default. */
    sort?: string;
    /** 1 to 200; 50 by default. */
    limit?: number;
    /** `nextCursor` of the page before. */
    cursor?: string;
  }

  export interface ListProjectsResponse {
    projects: codegen.ProjectSummary[];
    /** Absent on the last page. */
    nextCursor?: string;
  }

  /** A system of services to be generated. */
  export interface Project {
    model: shared.JsonValue;
    id: string;
    name: string;
    description: string;
    /** Version of the model, from 1. */
    modelVersion: number;
    /** Grows with each change of the project. */
    revision: number;
    createdBy: string;
    createdAt: string;
    updatedAt: string;
    /** When it was put away; absent for a project that is worked on. */
    archivedAt?: string;
  }

  export interface ProjectGraphEdge {
    from: string;
    to: string;
    kind: "calls" | "publishes" | "consumes";
  }

  export interface ProjectGraphNode {
    /** `service:orders`, `event:order-placed`. */
    id: string;
    kind: "service" | "event";
    label: string;
  }

  /** Services and events of a project, and what goes between them. */
  export interface ProjectGraphResponse {
    nodes: codegen.ProjectGraphNode[];
    edges: codegen.ProjectGraphEdge[];
    /** The same as a Mermaid flowchart, to be drawn. */
    mermaid: string;
  }

  /** One thing about a project model that its author should know. */
  export interface ProjectModelProblem {
    /** Stable, e.g. `unknown_service`. */
    code: string;
    severity: "error" | "warning";
    /** Path in the model, e.g. `model.services[2].port`. */
    path: string;
    message: string;
    /** What to do about it. */
    fix: string;
  }

  /** A project without its model, as lists show it. */
  export interface ProjectSummary {
    id: string;
    name: string;
    description: string;
    /** Version of the model, from 1. */
    modelVersion: number;
    /** Grows with each change of the project. */
    revision: number;
    createdBy: string;
    createdAt: string;
    updatedAt: string;
    /** When it was put away; absent for a project that is worked on. */
    archivedAt?: string;
  }

  /** A version of a project's model. */
  export interface ProjectVersion {
    projectId: string;
    model: shared.JsonValue;
    version: number;
    /** What it breaks of the version before. */
    breakingChanges: codegen.BreakingModelChange[];
    createdBy: string;
    createdAt: string;
  }

  /** A version of a project's model, as lists show it. */
  export interface ProjectVersionSummary {
    version: number;
    /** What it breaks of the version before. */
    breakingChanges: codegen.BreakingModelChange[];
    createdBy: string;
    createdAt: string;
  }

  export interface ReadDeploymentLogRequest {
    deploymentId: string;
    /** `install`, `build`, `migrate`, or a service by its name. */
    source: string;
    /** Last lines, 1 to 5,000; 200 by default. */
    lines?: number;
  }

  export interface ReadDeploymentMetricsRequest {
    deploymentId: string;
    service: string;
  }

  export interface RebuildProjectResponse {
    /** Events that the state was folded from. */
    events: number;
  }

  /** A file of a generated project. */
  export interface ResultFile {
    /** From the project's folder, with `/` between segments. */
    path: string;
    bytes: number;
    /** SHA-256 of its content, hexadecimal. */
    sha256: string;
    executable: boolean;
  }

  /** A file of a generated project with its text. */
  export interface ResultFileText {
    text: string;
    /** From the project's folder, with `/` between segments. */
    path: string;
    bytes: number;
    /** SHA-256 of its content, hexadecimal. */
    sha256: string;
    executable: boolean;
  }

  export interface StartDeploymentRequest {
    projectId: string;
    driver: codegen.DeploymentDriver;
    /** What is deployed; the project's newest completed generation by default. */
    generationId?: string;
    /** Ports for services of a local deployment, by name, 1024 to 65535. Others get free ones. */
    ports?: { [key: string]: number };
    /**
     * What services of a local deployment need of the world around them: `KAFKA_BROKERS`, `RABBITMQ_URL`, `REDIS_URL`,
     * `JWT_SECRET`, `JWT_PUBLIC_KEY`, `JWKS_URL`, `API_KEYS`, `OTEL_EXPORTER_OTLP_ENDPOINT`, `LOG_LEVEL`. Kept with the
     * deployment's files alone, and never shown.
     */
    environment?: { [key: string]: string };
    /** A second request with the same key answers with the first one's deployment. At most 200 characters. */
    idempotencyKey?: string;
  }

  export interface StartGenerationRequest {
    projectId: string;
    /** Version of the model; the newest by default. */
    version?: number;
    /** A second request with the same key answers with the first one's generation. At most 200 characters. */
    idempotencyKey?: string;
  }

  /** How two versions of a project differ. */
  export interface VersionDiff {
    from: number;
    to: number;
    /** What breaks for callers and consumers. */
    breakingChanges: codegen.BreakingModelChange[];
    added: number;
    removed: number;
    changed: number;
    /** By path; `model.yaml` is the model itself. */
    files: codegen.FileDifference[];
    /** Absent on the last page. */
    nextCursor?: string;
  }
}

export namespace dead_letters {
  /** An event that a subscription gave up on. */
  export interface DeadLetter {
    id: string;
    service: string;
    topic: string;
    subscription: string;
    state: dead_letters.DeadLetterState;
    reason: types.DeadLetterReason;
    /** Tries in all, those after replays included. */
    attempts: number;
    error: string;
    stack?: string;
    eventType: string;
    /** Absent where the event was too malformed to have one. */
    eventId?: string;
    correlationId?: string;
    /** The event as it was delivered. */
    event: shared.JsonValue;
    /** The event as a person corrected it: what a replay delivers. */
    editedEvent?: shared.JsonValue;
    /** How often it was replayed. */
    replays: number;
    replayedAt?: string;
    /** When it was resolved or discarded, and by whom; `system` where a replay resolved it. */
    settledAt?: string;
    settledBy?: string;
    discardReason?: string;
    /** When it failed last. */
    failedAt: string;
  }

  export interface DeadLetterRequest {
    /** Id of the dead letter. */
    id: string;
  }

  /**
   * - `open`: waits for a person.
   * - `replaying`: delivered again to its subscription, whose answer is awaited.
   * - `resolved`: handled after all.
   * - `discarded`: given up for good, with a reason.
   */
  export type DeadLetterState = "open" | "replaying" | "resolved" | "discarded";

  export interface DiscardDeadLetterRequest {
    /** Why it is given up; 1 to 1,000 characters. Kept with it and in the audit log. */
    reason: string;
    /** Id of the dead letter. */
    id: string;
  }

  export interface EditDeadLetterRequest {
    /** What the event is to tell instead, by the schema of its type: all of it, `type` included. The envelope stays. */
    event: { [key: string]: shared.JsonValue };
    /** Id of the dead letter. */
    id: string;
  }

  /** A queue of dead letters that is not empty, or was not. */
  export interface Incident {
    id: string;
    /** `{service}-dlq` */
    queue: string;
    state: "open" | "closed";
    openedAt: string;
    /** When an event of the queue failed last. */
    lastFailedAt: string;
    /** Times that an event failed while it was open. */
    failures: number;
    lastError: string;
    /** When the last of its dead letters was settled. */
    closedAt?: string;
    /** Dead letters that wait in the queue now. */
    waiting: number;
  }

  export interface ListDeadLettersRequest {
    /** Those that wait (`open` and `replaying`) by default; `all` for the settled ones too. */
    state?: dead_letters.DeadLetterState | "all";
    /** `failedAt`, with `-` before it for falling order; `-failedAt` by default. */
    sort?: string;
    /** 1 to 200; 50 by default. */
    limit?: number;
    /** `nextCursor` of the page before. */
    cursor?: string;
    /** The consuming service. */
    service?: string;
    subscription?: string;
    topic?: string;
    eventType?: string;
    reason?: types.DeadLetterReason;
    /** The earliest failure, and the instant before which it must be. */
    from?: string;
    to?: string;
  }

  export interface ListDeadLettersResponse {
    /** Newest failures first. */
    deadLetters: dead_letters.DeadLetter[];
    /** Absent on the last page. */
    nextCursor?: string;
  }

  export interface ListIncidentsRequest {
    /** All by default. */
    state?: "open" | "closed";
    /** `openedAt` or `lastFailedAt`, with `-` before it for falling order; `-openedAt` by default. */
    sort?: string;
    /** 1 to 200; 50 by default. */
    limit?: number;
    /** `nextCursor` of the page before. */
    cursor?: string;
  }

  export interface ListIncidentsResponse {
    incidents: dead_letters.Incident[];
    /** Absent on the last page. */
    nextCursor?: string;
  }

  export interface ReplayDeadLettersRequest {
    /** The consuming service. */
    service?: string;
    subscription?: string;
    topic?: string;
    eventType?: string;
    reason?: types.DeadLetterReason;
    /** The earliest failure, and the instant before which it must be. */
    from?: string;
    to?: string;
  }

  export interface ReplayDeadLettersResponse {
    /** Dead letters that were delivered again. */
    replayed: number;
    /** Open ones of that kind that are left: a call replays up to 10,000. */
    remaining: number;
  }
}

export namespace entity_conversion {
  export interface AbortRolloutRequest {
    ruleId: string;
  }

  export interface CancelJobRequest {
    jobId: string;
  }

  export interface ChangeRolloutRequest {
    ruleId: string;
    /** 0 to 100. */
    percent: number;
  }

  /** What the conversion of a record does to the target: `none` where the record is unchanged, skipped or fails. */
  export type ConversionAction = "create" | "update" | "none";

  /** What would become of a record: the target record is made, changed or left as it is, or there is a reason against it. */
  export type ConversionEffect = "create" | "update" | "unchanged" | "skip" | "fail";

  /** The conversion of an entity, or of some of its records. */
  export interface ConversionJob {
    id: string;
    ruleId: string;
    ruleVersion: number;
    source: entity_conversion.EntityRef;
    target: entity_conversion.EntityRef;
    kind: entity_conversion.JobKind;
    state: entity_conversion.JobState;
    /** Why the job as a whole failed. */
    error?: string;
    /** `set-based`: inside the database that holds source and target. `streaming`: read, evaluated here, loaded. */
    executor?: "set-based" | "streaming";
    /** The job whose failed records this one converts. */
    retryOf?: string;
    /** The job that this one takes back. Its `converted` are records restored, its `failed` those it had to leave. */
    undoOf?: string;
    /** It takes back even what was changed since. */
    force?: boolean;
    /** It only finds out what it would do. */
    dryRun?: boolean;
    /** Condition on `record`: only the records for which it holds are converted. */
    filter?: string;
    /** How many records were listed, for a job over a list or the failed records of another job. */
    recordCount?: number;
    /** Records in the source when the job started, absent until then; those of the list where there is one. */
    total?: number;
    /** Records looked at: converted, unchanged, skipped, failed and filtered ones. */
    processed: number;
    converted: number;
    unchanged: number;
    skipped: number;
    failed: number;
    /** Records that the job's filter leaves out. */
    filtered: number;
    /** Over the time spent running. */
    recordsPerSecond?: number;
    /** Seconds left at this rate; only while running. */
    secondsLeft?: number;
    /** Why records were skipped or failed, most frequent first. */
    skipReasons: entity_conversion.JobFailureGroup[];
    failureReasons: entity_conversion.JobFailureGroup[];
    /** Fields that their error policy filled, in records that were converted all the same. */
    fallbackReasons: entity_conversion.JobFailureGroup[];
    /** Cancelling was asked for and waits for the running batch. */
    cancelRequested: boolean;
    /** Pausing was asked for and waits for the running batch. */
    pauseRequested: boolean;
    createdBy: string;
    createdAt: string;
    startedAt?: string;
    finishedAt?: string;
  }

  export type ConversionOutcome = "converted" | "unchanged" | "skipped" | "failed";

  /** Why a record was skipped or failed. */
  export interface ConversionReason {
    /** Stable: `condition_not_met`, `lookup_missed`, `target_kept`, `expression_failed`, `target_constraint` … */
    code: string;
    message: string;
    /** Path in the rule, e.g. `mappings[2].expression`, where one is to blame. */
    path?: string;
  }

  export interface CreateRuleRequest {
    definition: entity_conversion.RuleDefinitionInput;
    /** `active` by default. A draft is checked just the same, and converts nothing until it is activated. */
    state?: "draft" | "active";
    /** A second request with the same key answers with the first one's rule. At most 200 characters. */
    idempotencyKey?: string;
  }

  /** How many records each effect has. */
  export interface EffectCounts {
    create: number;
    update: number;
    unchanged: number;
    skip: number;
    fail: number;
  }

  /** How many records have one effect on the one side and another on the other: one of them writes, the other does not. */
  export interface EffectDifferenceCount {
    old: entity_conversion.ConversionEffect;
    new: entity_conversion.ConversionEffect;
    records: number;
  }

  /** An entity of a data source. */
  export interface EntityRef {
    /** Data source; `workspace` is the built-in one, and the default in requests. */
    dataSource: string;
    /** Table or view, named as schema discovery names it. */
    entity: string;
  }

  export interface EntityRefInput {
    dataSource?: string;
    entity: string;
  }

  /**
   * What a field does where its expression, or the key expression of its lookup, fails on a record, or the target cannot
   * hold its value: the record fails or is skipped, the field becomes null, or `default` is used. Results count and tell
   * of fields that were filled so.
   */
  export type ErrorPolicy = "fail" | "null" | "default" | "skip";

  export interface EvaluateExpressionRequest {
    expression: string;
    /** Types `record` by a live entity. Without it the types are taken from `record` itself. */
    entity?: entity_conversion.EntityRefInput;
    /** A record of `entity`, or `record`. */
    sourceRecordId?: string;
    /** Field → value; fields left out are null. */
    record?: { [key: string]: shared.JsonValue };
    /** It is the condition of a trigger: it may name `new`, which is `record`, and `old`. */
    trigger?: boolean;
    /** For the condition of a trigger: what the record was before; without it, it was inserted. */
    old?: { [key: string]: shared.JsonValue };
  }

  export interface EvaluateExpressionResponse {
    /** The expression can be evaluated; otherwise `problem` says why not. */
    valid: boolean;
    /** Result type: `string`, `int`, `double`, `bool`, `timestamp` or `null`. */
    type?: string;
    /** Integers beyond 2^53 and timestamps (ISO 8601) are texts. */
    value?: shared.JsonValue;
    /** The set-based executor can run it too. */
    translatable?: boolean;
    problem?: entity_conversion.RuleProblem;
  }

  export interface ExecuteConversionRequest {
    ruleId: string;
    sourceRecordId: string;
    /** `manual` by default. */
    type?: "manual" | "automatic";
    /** A second request with the same key answers as the first one, for a day. At most 200 characters. */
    idempotencyKey?: string;
  }

  /** Answer to an execution. A record that fails is an error, whose details carry the `reason`. */
  export interface ExecuteConversionResponse {
    outcome: "converted" | "unchanged" | "skipped";
    action: entity_conversion.ConversionAction;
    reason?: entity_conversion.ConversionReason;
    ruleId: string;
    ruleVersion: number;
    sourceRecordId: string;
    /** Absent where the record was skipped. */
    targetRecordId?: string;
    /** Values written, by target field. */
    values: { [key: string]: shared.JsonValue };
    /** Related records of the rule, in its order. */
    related?: entity_conversion.RelatedConversion[];
    /** Fields that were filled by their error policy. */
    fallbacks?: entity_conversion.FieldFallback[];
  }

  /** Why a rule runs outside of the database. */
  export interface ExecutorReason {
    /** `two_databases`: data lies in several ones. `not_translatable`: an expression has no equivalent in SQL there. */
    code: "two_databases" | "not_translatable";
    /** What is to blame, e.g. `mappings[2].expression`. */
    path: string;
    message: string;
  }

  export interface ExplainConversionRequest {
    /** A saved rule, or `draft`. */
    ruleId?: string;
    /** Version of the saved rule; the latest by default. */
    version?: number;
    /** A definition that is not saved. */
    draft?: entity_conversion.RuleDefinitionInput;
    /** Condition of a job, to be explained with the rule. */
    filter?: string;
  }

  /** How a rule would be run over its source. */
  export interface ExplainConversionResponse {
    executor: "set-based" | "streaming";
    /** Why not inside the database; empty for `set-based`. */
    reasons: entity_conversion.ExecutorReason[];
    expressions: entity_conversion.ExplainedExpression[];
    statements: entity_conversion.PlannedStatement[];
    /** Records a batch. */
    batchSize: number;
    /** Records of the source by the database's own estimate. */
    estimatedRecords: number;
    /** Batches that follow from both. */
    estimatedBatches: number;
  }

  /** How an expression of the rule is computed. */
  export interface ExplainedExpression {
    path: string;
    /** Result type: `string`, `int`, `double`, `bool`, `timestamp` or `null`. */
    type: string;
    /** The database could compute it. */
    translatable: boolean;
    /** Why not. */
    problem?: string;
  }

  export interface ExportRulesRequest {
    state?: "draft" | "active" | "retired";
    sourceEntity?: string;
    targetEntity?: string;
    /** 1 to 200; 200 by default. */
    limit?: number;
    /** `nextCursor` of the page before. */
    cursor?: string;
  }

  /** A file of rules, or a part of one: rules of several pages make one file. */
  export interface ExportRulesResponse {
    /** Absent on the last page. */
    nextCursor?: string;
    format: "axion-rules";
    /** Version of this format. */
    formatVersion: 1;
    exportedAt?: string;
    /** At most 200 in an import. */
    rules: entity_conversion.RuleFileEntry[];
  }

  /** A function of the expression language. */
  export interface ExpressionFunction {
    name: string;
    /** Such as `substring(string, int): string`: one for each list of arguments. */
    signatures: string[];
    description: string;
    /** An expression that calls it, and its result as a literal. */
    example: string;
    result: string;
  }

  /** Bounds of every expression: beyond them it is refused, or fails on the record. */
  export interface ExpressionLimits {
    /** Characters of an expression. */
    length: number;
    /** Parts of an expression. */
    parts: number;
    /** Levels of nesting. */
    depth: number;
    /** Values to the right of an `in`. */
    listValues: number;
    /** Arguments of a call. */
    callArguments: number;
    /** Characters of a text that an expression makes. */
    textLength: number;
    /** Characters that its functions read on one record, in all. */
    work: number;
  }

  export interface ExpressionPosition {
    offset: number;
    /** Offset after the last character concerned. */
    end: number;
    line: number;
    column: number;
  }

  /** One field of the target record, before and after. */
  export interface FieldChange {
    field: string;
    before: shared.JsonValue;
    after: shared.JsonValue;
    changed: boolean;
    /** The field takes the key of this record, which is still to be made: `after` is null until then. */
    reference?: string;
  }

  /** A field to which the two sides give different values. */
  export interface FieldDifference {
    field: string;
    /** Absent where that side does not write the field. */
    old?: shared.JsonValue;
    new?: shared.JsonValue;
  }

  /** How many records differ in a field. */
  export interface FieldDifferenceCount {
    field: string;
    records: number;
  }

  /** A field whose expression or lookup failed and that was filled by its error policy. */
  export interface FieldFallback {
    /** Path in the rule. */
    path: string;
    policy: "null" | "default";
    /** What failed. */
    message: string;
  }

  /** Where the value of one target field comes from. Exactly one of column, constant, expression, lookup and reference is given. */
  export interface FieldMapping {
    /** Target field. */
    target: string;
    /** Source field, copied as it is. */
    column?: string;
    constant?: shared.JsonValue;
    /** CEL expression on `record`. */
    expression?: string;
    lookup?: entity_conversion.LookupMapping;
    /** The key of another record of the same step: the name of a related record, or `main` for the rule's target. */
    reference?: string;
    /** For a reference to a record whose key has several fields: which of them. */
    referenceField?: string;
    /** `fail` by default. */
    onError?: entity_conversion.ErrorPolicy;
    /** Value for `onError: "default"`. */
    default?: shared.JsonValue;
  }

  export interface FinishRolloutRequest {
    ruleId: string;
  }

  export interface GetJobRequest {
    jobId: string;
  }

  export interface GetRolloutRequest {
    ruleId: string;
  }

  export interface GetRuleRequest {
    ruleId: string;
    /** The latest by default. */
    version?: number;
  }

  export interface GetShadowRunRequest {
    runId: string;
  }

  export interface ImportLegacyRulesRequest {
    /**
     * Rows of the old table of rules. Known columns, in snake_case or camelCase: `id`, `name`, `description`,
     * `source_entity`, `target_entity`, `field_mapping(s)`, `conditions`, `natural_key`, `is_active`, `auto_convert`,
     * `trigger_type`.
     */
    rows?: shared.JsonValue[];
    /** Or the table itself, of which at most 200 rows are read. */
    table?: entity_conversion.LegacyRuleTable;
    /** Data source of the rules' source entities; `workspace` by default. */
    sourceDataSource?: string;
    /** Data source of the rules' target entities; `workspace` by default. */
    targetDataSource?: string;
    /** State of rules whose row says that they are active; `draft` by default. Others become drafts. */
    state?: "draft" | "active";
    /** Checks everything and tells what would happen; nothing is saved. */
    dryRun?: boolean;
  }

  export interface ImportLegacyRulesResponse {
    dryRun: boolean;
    counts: entity_conversion.RuleImportCounts;
    rules: entity_conversion.ImportedLegacyRule[];
  }

  export interface ImportRulesRequest {
    file: entity_conversion.RuleFile;
    /** Checks everything and tells what would happen; nothing is saved. */
    dryRun?: boolean;
    /** What happens to a rule that is there already with another definition: it gets a new version (default), or stays. */
    existing?: "update" | "skip";
  }

  /** A rule that is refused keeps no other from being imported. */
  export interface ImportRulesResponse {
    dryRun: boolean;
    counts: entity_conversion.RuleImportCounts;
    rules: entity_conversion.ImportedRule[];
  }

  export interface ImportedLegacyRule {
    /** Place among the rows, from 0. */
    index: number;
    name: string;
    /** `refused` where no rule could be made of it, `unchanged` where the row was imported before. */
    action: "created" | "unchanged" | "refused";
    /** Absent where nothing was saved. */
    ruleId?: string;
    notes: entity_conversion.LegacyRuleNote[];
    problems: entity_conversion.RuleProblem[];
    /** The rule that was made of the row, or what there is of it. */
    definition?: entity_conversion.RuleDefinitionInput;
  }

  export interface ImportedRule {
    /** Place in the file, from 0. */
    index: number;
    name: string;
    action: entity_conversion.RuleImportAction;
    /** Absent where nothing was saved. */
    ruleId?: string;
    version?: number;
    note?: string;
    /** Paths are those in the rule's definition. */
    problems: entity_conversion.RuleProblem[];
  }

  export interface JobFailure {
    /** Greater than that of the failures before. */
    id: string;
    sourceRecordId: string;
    reason: entity_conversion.ConversionReason;
  }

  export interface JobFailureGroup {
    code: string;
    /** Path in the rule, where one is to blame. */
    path?: string;
    count: number;
    /** Message of one of them. */
    example: string;
  }

  /** `convert`: converts records. `undo`: takes back what another job did. `shadow`: compares two rules, and writes nothing. */
  export type JobKind = "convert" | "undo" | "shadow";

  export type JobState = "queued" | "running" | "paused" | "completed" | "failed" | "cancelled";

  /** What became of one part of a legacy rule. */
  export interface LegacyRuleNote {
    /** Column of the row and place in it, e.g. `field_mappings.full_name`. */
    path: string;
    /** `taken` as it was, `changed` into something that means the same, or `refused`: left out. */
    outcome: "taken" | "changed" | "refused";
    message: string;
  }

  /** A table that holds legacy rules. */
  export interface LegacyRuleTable {
    /** `workspace` by default. */
    dataSource?: string;
    entity: string;
  }

  export interface ListExpressionFunctionsResponse {
    /** By name. */
    functions: entity_conversion.ExpressionFunction[];
    limits: entity_conversion.ExpressionLimits;
  }

  export interface ListJobFailuresRequest {
    jobId: string;
    /** `id`, the order of failing, with `-` before it for falling order; `id` by default. */
    sort?: string;
    /** 1 to 1000; 100 by default. */
    limit?: number;
    /** `nextCursor` of the page before. */
    cursor?: string;
  }

  export interface ListJobFailuresResponse {
    failures: entity_conversion.JobFailure[];
    nextCursor?: string;
  }

  export interface ListJobsRequest {
    ruleId?: string;
    state?: entity_conversion.JobState;
    /** `createdAt`, with \`-\` before it for falling order; \`-createdAt\` by default. */
    sort?: string;
    /** 1 to 200; 50 by default. */
    limit?: number;
    /** `nextCursor` of the page before. */
    cursor?: string;
  }

  export interface ListJobsResponse {
    jobs: entity_conversion.ConversionJob[];
    nextCursor?: string;
  }

  export interface ListRuleVersionsRequest {
    ruleId: string;
    /** `version`, with `-` before it for falling order; `-version` by default. */
    sort?: string;
    /** 1 to 200; 50 by default. */
    limit?: number;
    /** `nextCursor` of the page before. */
    cursor?: string;
  }

  export interface ListRuleVersionsResponse {
    /** Newest first, or as asked for. */
    versions: entity_conversion.Rule[];
    nextCursor?: string;
  }

  export interface ListRulesRequest {
    state?: entity_conversion.RuleState;
    sourceEntity?: string;
    targetEntity?: string;
    triggerMode?: "manual" | "automatic";
    /** Keeps the rules whose name contains this text, in any case. */
    search?: string;
    /** `createdAt` or `name`, with \`-\` before it for falling order; \`-createdAt\` by default. */
    sort?: string;
    /** 1 to 200; 50 by default. */
    limit?: number;
    /** `nextCursor` of the page before. */
    cursor?: string;
  }

  export interface ListRulesResponse {
    /** Each at its latest version. */
    rules: entity_conversion.Rule[];
    /** Absent on the last page. */
    nextCursor?: string;
  }

  export interface ListShadowDifferencesRequest {
    runId: string;
    kind?: entity_conversion.ShadowDifferenceKind;
    /** Only records that differ in this field. */
    field?: string;
    /**
     * `place`, the order in which they were found, or `sourceRecordId`, with `-` before it for falling order; `place` by
     * default.
     */
    sort?: string;
    /** 1 to 1,000; 100 by default. */
    limit?: number;
    /** `nextCursor` of the page before. */
    cursor?: string;
  }

  export interface ListShadowDifferencesResponse {
    /** In the order in which they were found, or as asked for; the first 10,000 are kept. */
    differences: entity_conversion.RecordDifference[];
    nextCursor?: string;
  }

  export interface ListShadowRunsRequest {
    /** Runs with this rule on one of the sides. */
    ruleId?: string;
    /** `createdAt`, with `-` before it for falling order; `-createdAt` by default. */
    sort?: string;
    /** 1 to 200; 50 by default. */
    limit?: number;
    /** `nextCursor` of the page before. */
    cursor?: string;
  }

  export interface ListShadowRunsResponse {
    shadowRuns: entity_conversion.ShadowRun[];
    nextCursor?: string;
  }

  /** A value read from another entity: the `valueColumn` of the record whose `matchColumn` equals `equals`. */
  export interface LookupMapping {
    /** Data source of `entity`; that of the rule's source by default. */
    dataSource?: string;
    entity: string;
    /** A column of `entity` that is unique by itself. */
    matchColumn: string;
    /** Expression on `record`. */
    equals: string;
    valueColumn: string;
    /** `fail` by default. */
    onMiss?: entity_conversion.LookupMissPolicy;
    /** Value for `onMiss: "default"`. */
    default?: shared.JsonValue;
  }

  /** What a lookup without a match does: the field becomes null, the record fails or is skipped, `default` is used. */
  export type LookupMissPolicy = "null" | "fail" | "skip" | "default";

  /** What happens to a target record that is there already. `fill-empty` writes only null fields and empty texts. */
  export type MergePolicy = "overwrite" | "fill-empty" | "keep";

  export interface PauseJobRequest {
    jobId: string;
  }

  /** A statement of each batch. */
  export interface PlannedStatement {
    /**
     * `convert`: reads, computes and writes in one. `read`: from the source. `lookup`: values of a lookup. `write`: the
     * target records with their links.
     */
    purpose: "convert" | "read" | "lookup" | "write";
    dataSource: string;
    sql: string;
    /** Values of `$1`, `$2` …, by example. */
    parameters: (string | null)[];
  }

  export interface PreviewConversionRequest {
    /** A saved rule, or `draft`. */
    ruleId?: string;
    /** Version of the saved rule; the latest by default. */
    version?: number;
    /** A definition that is not saved. */
    draft?: entity_conversion.RuleDefinitionInput;
    /** A record of the source entity, or `record`. */
    sourceRecordId?: string;
    /** A record made up for the preview: source field → value; fields left out are null. */
    record?: { [key: string]: shared.JsonValue };
  }

  export interface PreviewConversionResponse {
    outcome: entity_conversion.ConversionOutcome;
    action: entity_conversion.ConversionAction;
    reason?: entity_conversion.ConversionReason;
    sourceRecord: { [key: string]: shared.JsonValue };
    /** The target record that would be changed; absent where one would be created. */
    targetRecordId?: string;
    fields: entity_conversion.FieldChange[];
    /** Related records of the rule, in its order. */
    related?: entity_conversion.RelatedPreview[];
    /** Fields that were filled by their error policy. */
    fallbacks?: entity_conversion.FieldFallback[];
  }

  export interface PreviewSampleRequest {
    /** A saved rule, or `draft`. */
    ruleId?: string;
    /** Version of the saved rule; the latest by default. */
    version?: number;
    /** A definition that is not saved. */
    draft?: entity_conversion.RuleDefinitionInput;
    /** CEL expression on `record`: only records for which it holds. */
    filter?: string;
    /** Only these records, 1 to 1,000; not together with `filter`. */
    recordIds?: string[];
    /** `first` in the order of the key, by default, or `random` ones. */
    sampling?: "first" | "random";
    /** Records of the sample, 1 to 1,000; 100 by default. */
    limit?: number;
    /** Examples shown of each effect and reason, 0 to 20; 3 by default. */
    examples?: number;
  }

  export interface PreviewSampleResponse {
    /** Records that were tried. */
    sampled: number;
    /** Records that were read and left out by the filter. */
    filtered: number;
    effects: entity_conversion.EffectCounts;
    /** Why records would be skipped or fail, most frequent first. */
    skipReasons: entity_conversion.JobFailureGroup[];
    failureReasons: entity_conversion.JobFailureGroup[];
    examples: entity_conversion.SampledRecord[];
    /** Records of the source by the database's own estimate. */
    estimatedRecords: number;
  }

  export interface RecordDifference {
    sourceRecordId: string;
    kind: entity_conversion.ShadowDifferenceKind;
    old: entity_conversion.ShadowOutcome;
    new: entity_conversion.ShadowOutcome;
    /** Empty where one of the sides writes nothing. */
    fields: entity_conversion.FieldDifference[];
  }

  /** What became of a related record. */
  export interface RelatedConversion {
    /** Name in the rule. */
    name: string;
    entity: string;
    /** `skipped` where its condition does not hold, or its merge policy keeps what is there. */
    outcome: "converted" | "unchanged" | "skipped";
    action: entity_conversion.ConversionAction;
    targetRecordId?: string;
    /** Values written, by field. References to records that were made by the same conversion are null. */
    values: { [key: string]: shared.JsonValue };
  }

  /** What would become of a related record. */
  export interface RelatedPreview {
    /** Name in the rule. */
    name: string;
    entity: string;
    /** `skipped` where its condition does not hold, or its merge policy keeps what is there. */
    outcome: "converted" | "unchanged" | "skipped";
    action: entity_conversion.ConversionAction;
    targetRecordId?: string;
    fields: entity_conversion.FieldChange[];
  }

  /** A record that is made in the same step and the same transaction as the rule's target record. */
  export interface RelatedRecord {
    /** Name that references use: letters, digits and `_`, unique in the rule; not `main`. */
    name: string;
    /** Entity of the target's data source. */
    entity: string;
    /** Fields that identify one of its records: exactly those of one of its primary or unique keys. */
    naturalKey: string[];
    mergePolicy: entity_conversion.MergePolicy;
    /** It is only made where this expression is true; references to it are null otherwise. */
    when?: string;
    mappings: entity_conversion.FieldMapping[];
  }

  export interface RelatedRecordInput {
    /** Name that references use: letters, digits and `_`, unique in the rule; not `main`. */
    name: string;
    /** Entity of the target's data source. */
    entity: string;
    naturalKey: string[];
    /** `overwrite` by default. */
    mergePolicy?: entity_conversion.MergePolicy;
    /** It is only made where this expression is true; references to it are null otherwise. */
    when?: string;
    mappings: entity_conversion.FieldMapping[];
  }

  export interface ResumeJobRequest {
    jobId: string;
  }

  export interface RetryJobRequest {
    jobId: string;
    /** A second request with the same key answers with the first one's job. At most 200 characters. */
    idempotencyKey?: string;
  }

  /** `running`: both versions are in use. `finished`: the new one is, for all records. `aborted`: the old one is. */
  export type RolloutState = "running" | "finished" | "aborted";

  /** A conversion rule at one of its versions. */
  export interface Rule {
    id: string;
    /** This version, from 1. A version never changes. */
    version: number;
    latestVersion: number;
    /** Grows with every change of the rule: a new version, or another state. */
    revision: number;
    state: entity_conversion.RuleState;
    definition: entity_conversion.RuleDefinition;
    /** What of the latest version no longer fits the live schemas of its entities; absent where all of it does. */
    problems?: entity_conversion.RuleProblem[];
    /** Since when it does not. */
    driftedAt?: string;
    /** What should be known of it, in the answers to its creation, change and activation: such as a circle of rules. */
    warnings?: string[];
    createdBy: string;
    createdAt: string;
    /** Who made this version, and when. */
    versionCreatedBy: string;
    versionCreatedAt: string;
  }

  /** What a rule does: everything that a version holds. */
  export interface RuleDefinition {
    name: string;
    description?: string;
    source: entity_conversion.EntityRef;
    target: entity_conversion.EntityRef;
    /** Target fields that identify a target record: exactly those of one of its primary or unique keys. */
    naturalKey: string[];
    mergePolicy: entity_conversion.MergePolicy;
    /** Only records for which this expression is true are converted. */
    when?: string;
    mappings: entity_conversion.FieldMapping[];
    /** Records made in the same step; at most 20. */
    related?: entity_conversion.RelatedRecord[];
    /** What is set on the source record after the conversion. */
    writeBack?: entity_conversion.WriteBackMapping[];
    trigger: entity_conversion.RuleTrigger;
  }

  export interface RuleDefinitionInput {
    name: string;
    description?: string;
    source: entity_conversion.EntityRefInput;
    target: entity_conversion.EntityRefInput;
    naturalKey: string[];
    /** `overwrite` by default. */
    mergePolicy?: entity_conversion.MergePolicy;
    when?: string;
    mappings: entity_conversion.FieldMapping[];
    /** Records made in the same step; at most 20. */
    related?: entity_conversion.RelatedRecordInput[];
    /** What is set on the source record after the conversion. */
    writeBack?: entity_conversion.WriteBackMapping[];
    /** `manual` by default. */
    trigger?: entity_conversion.RuleTrigger;
  }

  /** Rules as JSON, as an export gives and an import takes them. */
  export interface RuleFile {
    format: "axion-rules";
    /** Version of this format. */
    formatVersion: 1;
    exportedAt?: string;
    /** At most 200 in an import. */
    rules: entity_conversion.RuleFileEntry[];
  }

  /** A rule as a file carries it. */
  export interface RuleFileEntry {
    /** The rule's id where it was exported: an import into the same tenant finds the rule by it, else by its name. */
    id?: string;
    /** `draft` by default. Retired rules are not imported. */
    state?: "draft" | "active" | "retired";
    /** The version that was exported; for readers, not used by an import. */
    version?: number;
    definition: entity_conversion.RuleDefinitionInput;
  }

  /** What became of a rule of a file: `refused` ones have problems, of `skipped` ones the note says why. */
  export type RuleImportAction = "created" | "updated" | "unchanged" | "skipped" | "refused";

  /** How many rules of an import came to what. */
  export interface RuleImportCounts {
    created: number;
    updated: number;
    unchanged: number;
    skipped: number;
    refused: number;
  }

  /** One thing that is wrong with a rule. All of them come at once, in the error's details. */
  export interface RuleProblem {
    /** Path in the definition, e.g. `mappings[2].expression`. */
    path: string;
    /** Stable reason: `unknown_entity`, `unknown_field`, `expression_syntax`, `expression_type`, `type_mismatch` … */
    code: string;
    message: string;
    /** For expressions: offset of the first character concerned, and its line and column from 1. */
    position?: entity_conversion.ExpressionPosition;
  }

  /** A version of a rule that takes over from an earlier one gradually. */
  export interface RuleRollout {
    ruleId: string;
    oldVersion: number;
    newVersion: number;
    /** Records of a hundred that go by the new version: always the same ones, by a digest of their keys. */
    percent: number;
    state: entity_conversion.RolloutState;
    startedBy: string;
    startedAt: string;
    changedBy: string;
    changedAt: string;
  }

  /** Only active rules convert: by executions, jobs and triggers. Drafts can be previewed. */
  export type RuleState = "draft" | "active" | "retired";

  export interface RuleTrigger {
    mode: "manual" | "automatic";
    /**
     * For automatic rules: expression that must hold for a changed record to be converted. `new`, also written `record`, has
     * the values after the change, `old` those before it: `new.status == "won" && old.status != "won"`. For a record that was
     * inserted, `old == null` and all its fields are null.
     */
    condition?: string;
    /** For automatic rules: which changes start it; both by default. */
    operations?: ("insert" | "update")[];
    /**
     * For automatic rules whose data source has to be polled: the field that grows with each change, a timestamp or an
     * integer. By default one is chosen, such as `updated_at`.
     */
    watermark?: string;
  }

  export interface RunShadowRequest {
    /** What is in use, e.g. an earlier version, or an imported legacy rule. */
    old: entity_conversion.ShadowRule;
    /** What is to take over. Reads the same source entity. */
    new: entity_conversion.ShadowRule;
    /** CEL expression on `record`: only records for which it holds. */
    filter?: string;
    /** Only these records, 1 to 1,000; not together with `filter`. */
    recordIds?: string[];
    /** `first` in the order of the key, by default, or `random` ones. */
    sampling?: "first" | "random";
    /** Records compared: 1 to 1,000, 100 by default. In the background 1 to 1,000,000, all by default. */
    limit?: number;
    /**
     * Compares in a job, as many records as there are, and answers at once; not together with `recordIds` or `sampling`.
     * At least one side is a saved rule.
     */
    background?: boolean;
    /** Differing records shown, 0 to 200; 20 by default. */
    examples?: number;
  }

  export interface RunShadowResponse {
    /** The first records that differ; none in the background. */
    differences: entity_conversion.RecordDifference[];
    id: string;
    /** The job that works on it, which can be paused and cancelled; absent where it was done at once. */
    jobId?: string;
    state: entity_conversion.JobState;
    /** Why it could not go on. */
    error?: string;
    /** The sides with the versions that were compared. */
    old: entity_conversion.ShadowRule;
    new: entity_conversion.ShadowRule;
    /** What both sides read. */
    dataSource: string;
    sourceEntity: string;
    filter?: string;
    /** Most records that are compared; absent for all. */
    limit?: number;
    /** Records in the source, for a comparison in the background that has begun. */
    total?: number;
    /** Seconds left at the present rate; only while it runs in the background. */
    secondsLeft?: number;
    /** Records that both sides were tried on. */
    compared: number;
    /** Records that were read and left out by the filter. */
    filtered: number;
    identical: number;
    different: number;
    /** Effects of each side, as if no record had been converted before. */
    oldEffects: entity_conversion.EffectCounts;
    newEffects: entity_conversion.EffectCounts;
    /** Most frequent first. */
    fields: entity_conversion.FieldDifferenceCount[];
    effects: entity_conversion.EffectDifferenceCount[];
    createdBy: string;
    createdAt: string;
    finishedAt?: string;
  }

  export interface SampledRecord {
    effect: entity_conversion.ConversionEffect;
    sourceRecordId: string;
    /** The target record; absent where none would be written. */
    targetRecordId?: string;
    reason?: entity_conversion.ConversionReason;
    /** The fields that would change; empty unless the effect is `create` or `update`. */
    changes: entity_conversion.FieldChange[];
  }

  /**
   * How a record differs. `effect`: one side writes it and the other does not, or they leave it out for different
   * reasons. `target`: they write different target records. `values`: they give fields different values.
   */
  export type ShadowDifferenceKind = "effect" | "target" | "values";

  /** What one side makes of a record. */
  export interface ShadowOutcome {
    effect: entity_conversion.ConversionEffect;
    /** The target record; absent where none would be written. */
    targetRecordId?: string;
    reason?: entity_conversion.ConversionReason;
  }

  /** One side of a comparison: a saved rule, at a version or its latest, or a definition that is not saved. */
  export interface ShadowRule {
    ruleId?: string;
    /** The latest by default. */
    version?: number;
    draft?: entity_conversion.RuleDefinitionInput;
  }

  /** A comparison of two rules. */
  export interface ShadowRun {
    id: string;
    /** The job that works on it, which can be paused and cancelled; absent where it was done at once. */
    jobId?: string;
    state: entity_conversion.JobState;
    /** Why it could not go on. */
    error?: string;
    /** The sides with the versions that were compared. */
    old: entity_conversion.ShadowRule;
    new: entity_conversion.ShadowRule;
    /** What both sides read. */
    dataSource: string;
    sourceEntity: string;
    filter?: string;
    /** Most records that are compared; absent for all. */
    limit?: number;
    /** Records in the source, for a comparison in the background that has begun. */
    total?: number;
    /** Seconds left at the present rate; only while it runs in the background. */
    secondsLeft?: number;
    /** Records that both sides were tried on. */
    compared: number;
    /** Records that were read and left out by the filter. */
    filtered: number;
    identical: number;
    different: number;
    /** Effects of each side, as if no record had been converted before. */
    oldEffects: entity_conversion.EffectCounts;
    newEffects: entity_conversion.EffectCounts;
    /** Most frequent first. */
    fields: entity_conversion.FieldDifferenceCount[];
    effects: entity_conversion.EffectDifferenceCount[];
    createdBy: string;
    createdAt: string;
    finishedAt?: string;
  }

  export interface StartJobRequest {
    ruleId: string;
    /** CEL expression on `record`: only the records for which it holds are converted. All of them by default. */
    filter?: string;
    /** Only these records, 1 to 10,000; not together with `filter`. */
    recordIds?: string[];
    /** A second request with the same key answers with the first one's job. At most 200 characters. */
    idempotencyKey?: string;
  }

  export interface StartRolloutRequest {
    ruleId: string;
    /** The version to take over from; the one before the latest by default. The latest one takes over. */
    oldVersion?: number;
    /** 0 to 100. */
    percent: number;
  }

  export interface UndoConversionRequest {
    ruleId: string;
    sourceRecordId: string;
    /** Also where a later change would be lost. */
    force?: boolean;
    /** Only tells what would be done. */
    dryRun?: boolean;
  }

  /** Answer to undoing a record. Where that would lose a later change it is an error, whose details carry the `reason`. */
  export interface UndoConversionResponse {
    ruleId: string;
    sourceRecordId: string;
    /** The rule's version and the job that are undone. */
    ruleVersion: number;
    jobId?: string;
    dryRun: boolean;
    targets: entity_conversion.UndoneTarget[];
    /** Fields of the source record that were written back and get back what they were. */
    sourceFields?: string[];
  }

  /**
   * What undoing does to a target record: `deleted`, because the conversion had made it; `restored` to what it was;
   * `recreated`, because it was deleted since; `kept`, because others share it; `gone` already.
   */
  export type UndoEffect = "deleted" | "restored" | "recreated" | "kept" | "gone";

  export interface UndoJobRequest {
    jobId: string;
    /** Also where later changes would be lost. */
    force?: boolean;
    /** Only counts and lists what would be done. */
    dryRun?: boolean;
    /** A second request with the same key answers with the first one's job. At most 200 characters. */
    idempotencyKey?: string;
  }

  export interface UndoneTarget {
    /** Name of the related record; absent for the rule's target. */
    related?: string;
    entity: string;
    targetRecordId: string;
    effect: entity_conversion.UndoEffect;
  }

  /** A field of the source record that is set once it was converted. Exactly one of constant, expression and reference is given. */
  export interface WriteBackMapping {
    /** Source field; not one of the record's key. */
    field: string;
    constant?: shared.JsonValue;
    /** CEL expression on `record`, as it was before. */
    expression?: string;
    /** The key of a record that was made: the name of a related record, or `main`. */
    reference?: string;
    /** For a reference to a record whose key has several fields: which of them. */
    referenceField?: string;
  }
}

export namespace event_store {
  export interface EventCatalogueResponse {
    /** Every version of every event type. */
    events: catalogue.CataloguedEvent[];
  }

  /** A delivery of kept events to one subscription again. What has had its effect already has none a second time. */
  export interface EventReplay {
    id: string;
    subscription: string;
    topic: string;
    from: string;
    /** Event types that are replayed; all where it is empty. */
    types: string[];
    state: event_store.EventReplayState;
    /** Events that were delivered until now. */
    delivered: number;
    startedBy: string;
    startedAt: string;
    finishedAt?: string;
  }

  export interface EventReplayRequest {
    /** Id of the replay. */
    id: string;
  }

  /** `cancelled`: a person ended it; what was delivered until then stays delivered. */
  export type EventReplayState = "running" | "completed" | "cancelled";

  /** What an event tells of. */
  export interface EventSubject {
    kind: "record" | "rule" | "job" | "project" | "notification" | "source";
    id: string;
    /** Entity that a record belongs to, where the event says so. */
    entity?: string;
  }

  export interface GetEventRequest {
    eventId: string;
  }

  export interface ListEventReplaysRequest {
    /** `startedAt`, with `-` before it for falling order; `-startedAt` by default. */
    sort?: string;
    /** 1 to 200; 50 by default. */
    limit?: number;
    /** `nextCursor` of the page before. */
    cursor?: string;
  }

  export interface ListEventReplaysResponse {
    replays: event_store.EventReplay[];
    /** Absent on the last page. */
    nextCursor?: string;
  }

  export interface ListEventsRequest {
    /** Id of a record that the event tells of, as a source or as a target. */
    recordId?: string;
    /** Entity of that record, where ids of several entities are alike. */
    entity?: string;
    correlationId?: string;
    type?: string;
    topic?: string;
    /** The earliest time, and the instant before which it must be. */
    from?: string;
    to?: string;
    /** `desc`, newest first, by default; `asc` for oldest first. */
    order?: "asc" | "desc";
    /** 1 to 200; 50 by default. */
    limit?: number;
    /** `nextCursor` of the page before. */
    cursor?: string;
  }

  export interface ListEventsResponse {
    /** In the order in which they were kept. */
    events: event_store.StoredEvent[];
    /** Absent on the last page. */
    nextCursor?: string;
  }

  export interface StartEventReplayRequest {
    /** Subscription that the events are delivered to, as the catalogue names it: `event-management/process-conversion`. */
    subscription: string;
    /** Topic of the subscription. */
    topic: string;
    /** Events that were kept since then; at most 29 days ago. */
    from: string;
    /** Only events of these types; all by default. */
    types?: string[];
  }

  /** An event as it is kept. */
  export interface StoredEvent {
    /** Place among all events, a 64-bit integer as text. Later events have greater ones; there are gaps. */
    position: string;
    eventId: string;
    topic: string;
    type: string;
    /** Version of the body's shape. */
    version: number;
    tenantId: string;
    /** Who acted; `system` where nobody did. */
    userId: string;
    projectId?: string;
    correlationId: string;
    causationId: string;
    /** When it happened, by the clock of the service that tells of it. */
    time: string;
    /** When it was kept, by the clock of the database. */
    keptAt: string;
    /** Records, rules and other things that it tells of; up to 2,000. */
    subjects: event_store.EventSubject[];
    /** The event itself, by the schema of its type and version. */
    body: shared.JsonValue;
  }
}

export namespace mail {
  /** A mail as its reader sees it. */
  export interface DevelopmentMail {
    id: string;
    to: string;
    subject: string;
    text: string;
    template: types.MailTemplate | mail.NotificationMail;
    /** The links in the text, in their order. */
    links: string[];
    state: mail.MailState;
    createdAt: string;
  }

  export interface ListDevelopmentMailsRequest {
    /** The address that the mails were sent to, in any case. */
    to?: string;
    /** `createdAt`, with `-` before it for falling order; `-createdAt` by default. */
    sort?: string;
    /** 1 to 200; 50 by default. */
    limit?: number;
    /** `nextCursor` of the page before. */
    cursor?: string;
  }

  export interface ListDevelopmentMailsResponse {
    /** Newest first. */
    mails: mail.DevelopmentMail[];
    /** Absent on the last page. */
    nextCursor?: string;
  }

  export interface ListMailsRequest {
    state?: mail.MailState;
    /** `createdAt`, with `-` before it for falling order; `-createdAt` by default. */
    sort?: string;
    /** 1 to 200; 50 by default. */
    limit?: number;
    /** `nextCursor` of the page before. */
    cursor?: string;
  }

  export interface ListMailsResponse {
    /** Newest first. */
    mails: mail.MailStatus[];
    /** Absent on the last page. */
    nextCursor?: string;
  }

  export interface ListWaitingMailsRequest {
    /** `dueAt` or `createdAt`, with `-` before it for falling order; `dueAt` by default. */
    sort?: string;
    /** 1 to 200; 50 by default. */
    limit?: number;
    /** `nextCursor` of the page before. */
    cursor?: string;
  }

  export interface ListWaitingMailsResponse {
    /** What is due first, first. */
    waiting: mail.WaitingMail[];
    /** Absent on the last page. */
    nextCursor?: string;
  }

  /**
   * `pending`: waits for its next attempt. `sent`: a mail server took it. `kept`: no mail server is configured.
   * `failed`: it was refused, or given up after too many attempts.
   */
  export type MailState = "pending" | "sent" | "kept" | "failed";

  /** What became of a mail that the tenant caused. */
  export interface MailStatus {
    id: string;
    to: string;
    template: types.MailTemplate | mail.NotificationMail;
    language: types.MailLanguage;
    state: mail.MailState;
    /** Times that it was handed to the mail server. */
    attempts: number;
    /** Why the last attempt failed. */
    lastError?: string;
    createdAt: string;
    sentAt?: string;
  }

  /** Mails that tell of events: one, or several together. */
  export type NotificationMail = "notification" | "digest";

  /** Something that an address is to be told and that waits: for the end of quiet hours, or for a digest. */
  export interface WaitingMail {
    id: string;
    to: string;
    eventType: string;
    subject: string;
    /** When it is due. What is due for one address at the same time becomes one mail. */
    dueAt: string;
    createdAt: string;
  }
}

export namespace notifications {
  /** The tenant's settings with the member's overrides. */
  export interface EffectivePreferences {
    inApp: boolean;
    email: boolean;
    events: string[];
    ruleIds: string[];
    minimumPriority: types.NotificationPriority;
    quietHours?: tenant_management.QuietHours;
    digest: tenant_management.DigestMode;
    digestHour: number;
    timeZone: string;
    language: types.MailLanguage;
  }

  export interface ListNotifiableEventTypesResponse {
    eventTypes: notifications.NotifiableEventType[];
  }

  export interface ListNotificationsRequest {
    /** Leaves out what the caller has read. */
    unread?: boolean;
    category?: string;
    priority?: types.NotificationPriority;
    ruleId?: string;
    /** Created at this instant or later. */
    since?: string;
    /** `createdAt`, with `-` before it for falling order; `-createdAt` by default. */
    sort?: string;
    /** 1 to 200; 50 by default. */
    limit?: number;
    /** `nextCursor` of the page before. */
    cursor?: string;
  }

  export interface ListNotificationsResponse {
    /** Newest first. */
    notifications: notifications.Notification[];
    /** Notifications that the caller has not read, on all pages; 1,000 stands for 1,000 and more. */
    unreadCount: number;
    /** Absent on the last page. */
    nextCursor?: string;
  }

  export interface MarkAllNotificationsReadRequest {
    /** Only those of this category. */
    category?: string;
    /** Only those created at this instant or earlier: what the caller has seen of the list. */
    until?: string;
  }

  export interface MarkAllNotificationsReadResponse {
    /** Notifications that were unread until now. */
    marked: number;
  }

  export interface MarkNotificationReadRequest {
    notificationId: string;
  }

  /** An event that people can be told of. */
  export interface NotifiableEventType {
    /** As settings, webhooks and templates name it. */
    name: string;
    description: string;
  }

  /** An in-app notification, as the caller sees it. */
  export interface Notification {
    id: string;
    /** An event type, or one of the kinds `job-completed`, `job-failed` and `dead-letter`. */
    category: string;
    priority: types.NotificationPriority;
    title: string;
    body: string;
    data: { [key: string]: shared.JsonValue };
    /** The rule that it is about. */
    ruleId?: string;
    createdAt: string;
    /** When the caller read it; absent while unread. */
    readAt?: string;
  }

  /** What a member wants otherwise than the tenant's settings say. What is absent follows the tenant. */
  export interface NotificationOverrides {
    inApp?: boolean;
    /** Mails to the member's own address. */
    email?: boolean;
    /** Replaces the tenant's list. */
    events?: string[];
    /** Replaces the tenant's list. */
    ruleIds?: string[];
    minimumPriority?: types.NotificationPriority;
    /** `null`: none. */
    quietHours?: tenant_management.QuietHours | null;
    digest?: tenant_management.DigestMode;
    digestHour?: number;
    timeZone?: string;
    language?: types.MailLanguage;
  }

  export interface NotificationPathRequest {
    notificationId: string;
  }

  /** How the caller is notified. */
  export interface NotificationPreferences {
    overrides: notifications.NotificationOverrides;
    effective: notifications.EffectivePreferences;
  }

  export interface SendConversionNotificationRequest {
    /** What happened: the tenant's settings say whether anyone is told. */
    eventType: string;
    /** `normal` by default. */
    priority?: types.NotificationPriority;
    /** 1 to 500 characters. */
    title: string;
    /** At most 10,000 characters. */
    body: string;
    /** The rule that it is about. */
    ruleId?: string;
    data?: { [key: string]: shared.JsonValue };
  }

  export interface SendConversionNotificationResponse {
    /** Absent where the tenant's settings keep such notifications out of the application. */
    notificationId?: string;
  }

  export interface UnreadNotificationsResponse {
    /** Notifications that the caller has not read; 1,000 stands for 1,000 and more. */
    unreadCount: number;
    /** The same by category. */
    byCategory: { [key: string]: number };
  }
}

export namespace overview {
  export interface ActivityOverview {
    /** Newest first, at most 5. */
    lastConversions: audit.AuditEntry[];
    /** Records that could not be converted in the last 24 hours. */
    failures24h: number;
  }

  export interface ConversionOverview {
    /** Rules by state; a state without rules is absent. */
    rules: { [key: string]: number };
    /** Jobs by state; a state without jobs is absent. */
    jobs: { [key: string]: number };
  }

  export interface CountOverview {
    total: number;
  }

  export interface NotificationOverview {
    /** Of the caller. */
    unread: number;
  }

  /** The tenant at a glance. A part is absent where its service does not answer or the caller may not see it; see `notes`. */
  export interface Overview {
    generatedAt: string;
    conversion?: overview.ConversionOverview;
    activity?: overview.ActivityOverview;
    notifications?: overview.NotificationOverview;
    deadLetters?: overview.CountOverview;
    dataSources?: overview.CountOverview;
    projects?: overview.CountOverview;
    plan?: overview.PlanOverview;
    /** Which parts are absent, and why. */
    notes: overview.OverviewNote[];
  }

  /** A part that is missing from an overview, and why. */
  export interface OverviewNote {
    part: "conversion" | "activity" | "notifications" | "deadLetters" | "dataSources" | "projects" | "plan";
    /** `unavailable`: the service failed or has been failing; `timeout`: it took longer than 2 s. */
    reason: "permission_missing" | "timeout" | "unavailable";
    message: string;
  }

  export interface PlanOverview {
    plan: tenant_management.TenantPlan;
    limits: tenant_management.TenantLimits;
  }
}

export namespace processing {
  export interface CheckTriggersRequest {
    /** Entity that the record belongs to, as rules name it. */
    entityType: string;
    /** Data source of the entity; the built-in workspace by default. */
    dataSource?: string;
    /** The record that was made or changed. */
    recordId: string;
    /** What happened to it: only rules that ask for it are looked at. `update` where `old` is given; any by default. */
    operation?: "insert" | "update";
    /** What an updated record was before, for conditions that name `old`: field → value. */
    old?: { [key: string]: shared.JsonValue };
  }

  export interface CheckTriggersResponse {
    /** False where the tenant has switched automatic conversion off: no rule was looked at. */
    automaticConversion: boolean;
    /** The automatic rules of the entity. */
    rules: processing.TriggeredRule[];
  }

  export interface GetRuleStatisticsRequest {
    ruleId: string;
  }

  /** What became of the records that a rule was run on, over all time. */
  export interface RuleStatistics {
    ruleId: string;
    converted: number;
    /** The target already held these values. */
    unchanged: number;
    /** The rule's condition was not met, or a lookup said so. */
    skipped: number;
    failed: number;
    /** Absent where the rule was never run. */
    lastActivityAt?: string;
  }

  /** What one automatic rule did with the record. */
  export interface TriggeredRule {
    ruleId: string;
    ruleVersion: number;
    outcome: "converted" | "unchanged" | "skipped" | "failed" | "condition-not-met";
    targetRecordId?: string;
    /** Why it was skipped or failed. */
    reason?: string;
  }
}

export namespace realtime {
  /** What a client may send: on hosts that do not see whether it takes messages, it is let go where it never does. */
  export interface RealtimeAcknowledgement {
    /** `id` of the last message that it has. */
    ack: string;
  }

  /** An event as a client sees it. */
  export interface RealtimeEvent {
    eventId: string;
    /** `entity-converted`, `job-finished`, `deployment-started`, `notification-created`, … */
    type: string;
    /** When it happened. */
    time: string;
    /** Who acted; `system` where nobody did. */
    userId: string;
    projectId?: string;
    correlationId: string;
    /** Which of the chosen topics it came for. */
    topics: string[];
    /** What it tells, by the schema of its type. Of a batch, only the records that were chosen, and the count of all. */
    data: shared.JsonValue;
  }

  export interface RealtimeHandshake {
    /**
     * What to tell of, up to 100: `rule:ID`, `job:ID`, `record:ID`, `project:ID`, or `rule`, `job`, `record`, `project` for
     * all of a kind, and `notifications` for the caller's own.
     */
    topics: string[];
    /** `id` of the last message that was received: what happened since then comes first. From now on by default. */
    lastEventId?: string;
  }

  export interface RealtimeMessage {
    /**
     * - `ready`: the stream is up; what happens from here on is told
     * - `event`: something happened
     * - `heartbeat`: nothing happened for a while; sent every 15 s
     * - `end`: the stream ends now, for `reason`
     */
    kind: "ready" | "event" | "heartbeat" | "end";
    /** `lastEventId` for going on after this message. */
    id: string;
    event?: realtime.RealtimeEvent;
    /**
     * `topics_invalid`, `permission_missing`, `last_event_id_invalid`, `slow_client`, `access_ended`, `tenant_suspended`,
     * `too_many_streams`, `unavailable`
     */
    reason?: string;
    message?: string;
  }
}

export namespace schema_discovery {
  export interface AnalyzeEntityRequest {
    entityType: string;
    /** Data source; the built-in workspace by default. */
    source?: string;
    /** Reads the database even where a schema not older than 5 minutes is at hand. */
    refresh?: boolean;
  }

  /** A condition that every record of the entity fulfils. */
  export interface CheckConstraint {
    name: string;
    /** As the database prints it. */
    expression: string;
    /** Fields that it reads. */
    fields: string[];
  }

  export interface CommonValue {
    value: string;
    /** Share of all rows, 0 to 1. */
    frequency: number;
  }

  /** A foreign key. */
  export interface EntityReference {
    name: string;
    fields: string[];
    /** Entity that it points to, named as in `EntitySummary.entityType`. */
    entityType: string;
    referencedFields: string[];
  }

  /** The schema of one entity type, as its live database has it. */
  export interface EntitySchema {
    /** Data source; `workspace` is the built-in one. */
    source: string;
    /**
     * Table or view. `name` in the default schema, else `schema.name`; a part that holds a dot or a double quote is
     * written in double quotes, as in SQL.
     */
    entityType: string;
    kind: "table" | "view";
    /** Absent for plain tables and views. */
    variant?: schema_discovery.EntityVariant;
    fields: schema_discovery.FieldDefinition[];
    uniqueKeys: schema_discovery.UniqueKey[];
    references: schema_discovery.EntityReference[];
    checks: schema_discovery.CheckConstraint[];
    comment?: string;
    /** Rows by the database's own estimate; absent where it has none yet. */
    estimatedRows?: number;
    /** Changes exactly when the structure does. */
    fingerprint: string;
    lastAnalyzed: string;
  }

  export interface EntitySummary {
    entityType: string;
    kind: "table" | "view";
    /** Absent for plain tables and views. */
    variant?: schema_discovery.EntityVariant;
    fieldCount: number;
    estimatedRows?: number;
    comment?: string;
  }

  /** A table in partitions or in another database, a view whose records are kept. */
  export type EntityVariant = "partitioned" | "foreign" | "materialized";

  /** A column of an entity. */
  export interface FieldDefinition {
    name: string;
    /** Type as the database writes it, e.g. `character varying(40)` or `numeric(12,2)`. */
    dataType: string;
    kind: schema_discovery.FieldKind;
    nullable: boolean;
    /** The database fills it in when an insert leaves it out: a default, an identity or a generated column. */
    hasDefault: boolean;
    /** Computed by the database; cannot be written. */
    generated: boolean;
    /** Default expression as the database prints it. */
    defaultExpression?: string;
    primaryKey: boolean;
    /** Unique by itself (a primary key or unique constraint of this one column). */
    unique: boolean;
    /** Values of an enum type, in their order. */
    enumValues?: string[];
    /** The domain that the column is of, and the conditions that it puts on values. */
    domain?: schema_discovery.FieldDomain;
    comment?: string;
    /** What the database's own statistics say, where it has any; not part of the fingerprint. */
    statistics?: schema_discovery.FieldStatistics;
  }

  export interface FieldDomain {
    /** Schema-qualified. */
    name: string;
    checks: string[];
  }

  /**
   * What a field's values are to an expression: how a column of any database type is seen there. `other` covers
   * types without operators of their own (json, arrays, intervals …), which read as their text.
   */
  export type FieldKind = "string" | "int" | "double" | "bool" | "timestamp" | "other";

  /** A column's values, as the database last counted them in a sample (`ANALYZE`). */
  export interface FieldStatistics {
    /** Share of nulls, 0 to 1. */
    nullFraction: number;
    /** Distinct values, estimated; absent where their number is unknown. */
    distinctValues?: number;
    /** Mean size in bytes. */
    averageWidth: number;
    /** The most common values, at most 10, each cut at 100 characters. */
    commonValues: schema_discovery.CommonValue[];
  }

  export interface ListEntitiesRequest {
    /** Data source; the built-in workspace by default. */
    source?: string;
    /** Keeps the entities whose name contains this text, in any case. */
    search?: string;
    /** `entityType`, by schema and name, with `-` before it for falling order; `entityType` by default. */
    sort?: string;
    /** 1 to 500; 100 by default. */
    limit?: number;
    /** `nextCursor` of the page before. */
    cursor?: string;
  }

  export interface ListEntitiesResponse {
    entities: schema_discovery.EntitySummary[];
    /** Absent on the last page. */
    nextCursor?: string;
  }

  export interface MappingCandidate {
    sourceField: string;
    /** 0 to 1. */
    score: number;
    reasons: schema_discovery.SuggestionReason[];
  }

  export interface MappingSuggestion {
    targetField: string;
    /**
     * The source field chosen for it: each source field is chosen once at most. Absent where nothing fits, and where
     * `sourceFields` says what the expression reads.
     */
    sourceField?: string;
    /** Score of the choice; 0 where nothing fits. */
    score: number;
    /** The choice can be copied as it is; otherwise `expression` converts it. */
    directCopy: boolean;
    /**
     * Makes the target's value where a copy would be wrong: another type or format, another unit, other words for the
     * same states, a name in one field or in several.
     */
    expression?: string;
    /** What `expression` does. */
    explanation?: string;
    /** Fields that `expression` reads, where they are others than `sourceField`, or several. */
    sourceFields?: string[];
    /** Best candidates first, the choice among them. */
    candidates: schema_discovery.MappingCandidate[];
  }

  export interface RefreshSchemasRequest {
    /** Data source; the built-in workspace by default. */
    source?: string;
    /** Entities read by this call, 1 to 500; 200 by default. */
    limit?: number;
    /** `nextCursor` of the call before. */
    cursor?: string;
  }

  /** What a call of `refreshSchemas` found. */
  export interface RefreshSchemasResponse {
    /** Entities read. */
    analyzed: number;
    /** Entities seen for the first time, or changed since they were last seen. */
    changed: string[];
    /** Entities that are gone; looked for by the last call of a round. */
    removed: string[];
    /** Absent where the whole data source was read. */
    nextCursor?: string;
  }

  export interface SampledRecords {
    source: number;
    target: number;
  }

  export interface SuggestMappingRequest {
    /** Data source of the source entity; the built-in workspace by default. */
    source?: string;
    sourceEntity: string;
    /** Data source of the target entity; that of the source entity by default. */
    targetSource?: string;
    targetEntity: string;
    /** Looks at values of both entities too; true by default. */
    useSamples?: boolean;
    /** Candidates listed for each target field, 1 to 10; 3 by default. */
    candidates?: number;
  }

  export interface SuggestMappingResponse {
    suggestions: schema_discovery.MappingSuggestion[];
    /** Target fields that must be given a value and got no suggestion. */
    unmappedRequired: string[];
    /** Records of which values were looked at; 0 where there are none, or where reading them took too long. */
    sampledRecords: schema_discovery.SampledRecords;
  }

  /** Why a source field was suggested: one signal and what it is worth, 0 to 1. */
  export interface SuggestionReason {
    signal: "name" | "type" | "key" | "values";
    score: number;
    explanation: string;
  }

  /** A primary key or unique constraint. */
  export interface UniqueKey {
    name: string;
    primary: boolean;
    /** Field names, in the order of the key. */
    fields: string[];
  }
}

export namespace shared {
  /** Any JSON value: what a `jsonb` column, a record's field or an event's details may hold. */
  export type JsonValue = string | number | boolean | null | shared.JsonValue[] | { [key: string]: shared.JsonValue };
}

export namespace templates {
  export interface ListNotificationTemplatesRequest {
    channel?: templates.TemplateChannel;
    language?: types.MailLanguage;
  }

  export interface ListNotificationTemplatesResponse {
    /** The tenant's own templates first, then the built-in ones that they leave in use. */
    templates: templates.NotificationTemplate[];
  }

  /** The texts of one kind of event in one channel and language: Handlebars templates. */
  export interface NotificationTemplate {
    channel: templates.TemplateChannel;
    /** The event type, or `*` for all that have none of their own. */
    eventType: string;
    language: types.MailLanguage;
    /** One line: the title, or the subject of a mail. At most 500 characters. */
    title: string;
    /** At most 10,000 characters. */
    body: string;
    /** HTML of a mail, where it is to be other than the body in paragraphs. At most 20,000 characters. */
    html?: string;
    /** Whether the tenant wrote it; otherwise it is built in. */
    custom: boolean;
    updatedAt?: string;
    updatedBy?: string;
  }

  export interface NotificationTemplatePathRequest {
    channel: string;
    eventType: string;
    language: string;
  }

  export interface PreviewNotificationTemplateRequest {
    channel: templates.TemplateChannel;
    eventType: string;
    /** `en` by default. */
    language?: types.MailLanguage;
    /** Templates to try; those in use by default. */
    title?: string;
    body?: string;
    html?: string;
    /** Fields of the event to show; those of a sample by default. */
    event?: { [key: string]: shared.JsonValue };
  }

  /** What the templates come to. */
  export interface PreviewNotificationTemplateResponse {
    title: string;
    body: string;
    /** The whole mail, in the channel `email`. */
    html?: string;
    /** What the templates were filled with. */
    values: { [key: string]: shared.JsonValue };
  }

  export interface PutNotificationTemplateRequest {
    channel: string;
    eventType: string;
    language: string;
    title: string;
    body: string;
    html?: string;
  }

  /** What a text is written for. Webhooks carry it as `title` and `text`, beside the event itself. */
  export type TemplateChannel = "in-app" | "email" | "webhook";
}

export namespace tenant_management {
  /** How a tenant's conversions run. */
  export interface ConversionConfig {
    tenantId: string;
    /** Automatic rules start conversions; `false` by default. */
    automaticConversion: boolean;
    /** Records a batch of a job, 1 to 5,000; 2,500 by default. */
    batchSize: number;
    /** Jobs at the same time, 1 to 20; 2 by default. Further ones wait. */
    maxConcurrentJobs: number;
    /** Absent while the defaults apply. */
    updatedAt?: string;
    updatedBy?: string;
  }

  /** Origins whose pages may call the API with credentials of this tenant. */
  export interface CorsOrigins {
    tenantId: string;
    /** In the order in which they were given. */
    origins: string[];
  }

  export interface CreateDataSourceRequest {
    tenantId: string;
    /** A lower-case letter, then letters, digits, `_` and `-`; at most 63 characters. `workspace` is taken. */
    name: string;
    /** `postgres://user:password@host:port/database`. Of the parameters that may follow a `?`, `sslmode` and `pgbouncer` count. */
    url: string;
    /** By the `sslmode` of the connection string, else `prefer`. */
    tls?: tenant_management.DataSourceTls;
    /** Certificates in PEM that `verify-full` trusts, for servers whose certificate no public authority has signed. */
    caCertificate?: string | null;
    /** By `pgbouncer=true` in the connection string or Supabase's pooler port 6543, else false. */
    pooled?: boolean;
    /** False by default. */
    readOnly?: boolean;
    /** 1,000 to 600,000; 60,000 by default. */
    statementTimeoutMs?: number;
  }

  /** A Postgres database of the tenant. Its password is never returned. */
  export interface DataSource {
    id: string;
    /** Unique in the tenant; rules name it. */
    name: string;
    kind: "postgres";
    host: string;
    port: number;
    database: string;
    user: string;
    tls: tenant_management.DataSourceTls;
    /** Certificates in PEM that `verify-full` trusts; absent where it trusts the system's. */
    caCertificate?: string;
    /** A pooler such as PgBouncer stands before the server: prepared statements are not used. */
    pooled: boolean;
    /** Nothing is written to it: every transaction is read-only, and no rule may have it as its target. */
    readOnly: boolean;
    /** A statement that takes longer is ended. */
    statementTimeoutMs: number;
    /** Name of the key that the connection string is encrypted under; says nothing of the key. */
    keyId: string;
    createdBy: string;
    createdAt: string;
    updatedAt: string;
  }

  export interface DataSourcePathRequest {
    tenantId: string;
    /** Id or name. */
    source: string;
  }

  /** One thing that is wrong with a data source. */
  export interface DataSourceProblem {
    /**
     * `host_not_found`, `address_not_allowed`, `host_unreachable`, `connection_refused`, `connection_timeout`,
     * `connection_closed`, `not_postgres`, `tls_not_offered`, `tls_required`, `tls_certificate_untrusted`,
     * `tls_certificate_expired`, `tls_name_mismatch`, `tls_failed`, `password_wrong`, `access_refused`, `database_missing`,
     * `privilege_missing`, `read_only`, `too_many_connections`, `server_starting`, `statement_timeout`.
     */
    code: string;
    /** What is wrong, and what to do about it. */
    message: string;
  }

  /**
   * How connections are encrypted, as in `sslmode` of libpq: `prefer` encrypts where the server offers it, `require` always,
   * and `verify-full` also checks that the certificate is trusted and names the host.
   */
  export type DataSourceTls = "disable" | "prefer" | "require" | "verify-full";

  export interface DeletionReceiptRequest {
    /** As the request for deletion was answered. */
    receiptId: string;
  }

  /** `off`: each notification is a mail of its own. Otherwise they come together, at the full hour or once a day. */
  export type DigestMode = "off" | "hourly" | "daily";

  /** How one event type differs from the rest. What is absent is as for the others. */
  export interface EventNotificationSettings {
    inApp?: boolean;
    email?: boolean;
    /** Replaces the priority that the event would have. */
    priority?: types.NotificationPriority;
    /** Only events of these rules. */
    ruleIds?: string[];
  }

  /** An export that runs can be followed; one that is completed, downloaded. */
  export type ExportState = "running" | "completed" | "failed";

  export interface ListDataSourcesRequest {
    tenantId: string;
    /** `name`, `createdAt` or `updatedAt`, with `-` before it for falling order; `name` by default. */
    sort?: string;
    /** 1 to 100; 100 by default. */
    limit?: number;
    /** `nextCursor` of the page before. */
    cursor?: string;
  }

  export interface ListDataSourcesResponse {
    /** A tenant has 100 at most. */
    dataSources: tenant_management.DataSource[];
    nextCursor?: string;
  }

  export interface ListTenantExportsRequest {
    tenantId: string;
    /** `createdAt`, with `-` before it for falling order; `-createdAt` by default. */
    sort?: string;
    /** 1 to 100; 20 by default. */
    limit?: number;
    /** `nextCursor` of the page before. */
    cursor?: string;
  }

  export interface ListTenantExportsResponse {
    exports: tenant_management.TenantExport[];
    nextCursor?: string;
  }

  /** Who is told. Without roles and users, every member is; mails go to the addresses alone, where only those are given. */
  export interface NotificationRecipients {
    /** Members with one of these roles. */
    roles: string[];
    /** These members. */
    userIds: string[];
    /** Addresses that get mails beside the members. At most 20. */
    addresses: string[];
  }

  /** Which notifications a tenant gets, where and when. */
  export interface NotificationSettings {
    tenantId: string;
    /** Notifications appear in the application; `true` by default. */
    inApp: boolean;
    /** Notifications are mailed; `false` by default. */
    email: boolean;
    /** Event types; `*` stands for all. By default failures, ends of jobs, drifted rules and incidents. */
    events: string[];
    /** Only events of these rules, and those that have no rule; of all where it is empty. */
    ruleIds: string[];
    recipients: tenant_management.NotificationRecipients;
    /** What is below is not told; `low` by default, so everything is. */
    minimumPriority: types.NotificationPriority;
    /** Event type → how it differs. */
    eventSettings: { [key: string]: tenant_management.EventNotificationSettings };
    /** Absent: none. */
    quietHours?: tenant_management.QuietHours;
    digest: tenant_management.DigestMode;
    /** Hour of the daily digest, 0 to 23; 8 by default. */
    digestHour: number;
    /** IANA name; `UTC` by default. */
    timeZone: string;
    language: types.MailLanguage;
    /** Absent while the defaults apply. */
    updatedAt?: string;
    updatedBy?: string;
  }

  /** What a service removed of a tenant. */
  export interface PurgedService {
    service: string;
    /** Table → rows removed. A run that was interrupted and begun again counts what it found. */
    counts: { [key: string]: number };
    purgedAt: string;
  }

  /** Mails that would come within these hours come at their end. */
  export interface QuietHours {
    /** `HH:MM`; where it is after the end, the hours pass midnight. */
    start: string;
    end: string;
    /** IANA name; the settings' own time zone by default. */
    timeZone?: string;
    /** Holds back mails of high priority too; `false` by default. */
    evenHighPriority?: boolean;
  }

  export interface RequestTenantDeletionRequest {
    tenantId: string;
    /** The tenant's slug, against deleting the wrong one. */
    confirmSlug: string;
  }

  export interface SetCorsOriginsRequest {
    tenantId: string;
    /** `https://host[:port]`, or `http://` for localhost; 50 at most. They replace the earlier ones. */
    origins: string[];
  }

  /** Who is told from now on. Lists left out are empty. */
  export interface SetNotificationRecipients {
    roles?: string[];
    userIds?: string[];
    addresses?: string[];
  }

  /** An organization: the owner of rules, records, sources and settings. */
  export interface Tenant {
    /** Id of the organization. */
    id: string;
    /** Short public name, unique among all tenants. */
    slug: string;
    name: string;
    plan: tenant_management.TenantPlan;
    status: tenant_management.TenantStatus;
    createdAt: string;
    /** From when its data is purged, where its deletion was asked for. */
    purgeAt?: string;
  }

  /** The deletion of a tenant: asked for, under way, or done, and then a receipt. */
  export interface TenantDeletion {
    tenantId: string;
    /** `requested`: the grace period runs, and the deletion can be cancelled. */
    state: "requested" | "purging" | "completed";
    requestedBy: string;
    requestedAt: string;
    /** End of the grace period. */
    purgeAt: string;
    completedAt?: string;
    /** Opens the receipt without signing in, also when nobody belongs to the tenant any more. Keep it. */
    receiptId: string;
    /** What has been removed so far. */
    services: tenant_management.PurgedService[];
  }

  /** An export of all that is held of a tenant. Passwords, keys and tokens are not among it. */
  export interface TenantExport {
    id: string;
    tenantId: string;
    state: tenant_management.ExportState;
    /** Things exported so far: one line of NDJSON each, `{"service", "kind", "data"}`. */
    items: number;
    createdBy: string;
    createdAt: string;
    finishedAt?: string;
    /** Why it failed. */
    error?: string;
  }

  export interface TenantExportPathRequest {
    tenantId: string;
    exportId: string;
  }

  /** What a tenant may use, by its plan. */
  export interface TenantLimits {
    /** Calls of the public API in a minute. */
    requestsPerMinute: number;
    /** Rules that are not retired. */
    rules: number;
    /** Source records that one job may read. */
    rowsPerJob: number;
    /** Events taken in in a minute. */
    eventsPerMinute: number;
    /** Days for which audit entries and notifications are kept. */
    retentionDays: number;
    members: number;
    apiKeys: number;
  }

  /** What a tenant may use, and how much of it is used. */
  export interface TenantLimitsResponse {
    tenantId: string;
    plan: tenant_management.TenantPlan;
    limits: tenant_management.TenantLimits;
    usage: tenant_management.TenantUsage;
  }

  export interface TenantPathRequest {
    tenantId: string;
  }

  export type TenantPlan = "free" | "team" | "enterprise";

  /** `deleting`: deletion was asked for, or is under way. `deleted`: nothing of it is left but the receipt. */
  export type TenantStatus = "active" | "suspended" | "deleting" | "deleted";

  export interface TenantUsage {
    /** Rules that are not retired. */
    rules: number;
    members: number;
    /** API keys that have not expired. */
    apiKeys: number;
    /** Calls of the public API in the minute that runs. */
    requestsThisMinute: number;
    /** Events taken in in the minute that runs. */
    eventsThisMinute: number;
  }

  export interface TestDataSourceResponse {
    /** The server let the user in. */
    reachable: boolean;
    /** Version of the server, where it was reached. */
    serverVersion?: string;
    milliseconds: number;
    /** The connection was encrypted. */
    encrypted?: boolean;
    /** Tables and views that the user may read. */
    readableEntities?: number;
    /** Records can be written to it: the user may write to a table and keep the table of links. */
    writable?: boolean;
    /** Empty where all is well. */
    problems: tenant_management.DataSourceProblem[];
    /** The first problem's message. */
    error?: string;
  }

  /** A connection to try before it is kept. */
  export interface TestDataSourceSettingsRequest {
    tenantId: string;
    url: string;
    /** By the `sslmode` of the connection string, else `prefer`. */
    tls?: tenant_management.DataSourceTls;
    /** Certificates in PEM that `verify-full` trusts, for servers whose certificate no public authority has signed. */
    caCertificate?: string | null;
    /** By `pgbouncer=true` in the connection string or Supabase's pooler port 6543, else false. */
    pooled?: boolean;
    /** False by default. */
    readOnly?: boolean;
    /** 1,000 to 600,000; 60,000 by default. */
    statementTimeoutMs?: number;
  }

  /** Settings left out keep their value. */
  export interface UpdateConversionConfigRequest {
    tenantId: string;
    automaticConversion?: boolean;
    batchSize?: number;
    maxConcurrentJobs?: number;
  }

  /** Settings left out keep their value. */
  export interface UpdateDataSourceRequest {
    tenantId: string;
    /** Id or name. */
    source: string;
    name?: string;
    url?: string;
    /** By the `sslmode` of the connection string, else `prefer`. */
    tls?: tenant_management.DataSourceTls;
    /** Certificates in PEM that `verify-full` trusts, for servers whose certificate no public authority has signed. */
    caCertificate?: string | null;
    /** By `pgbouncer=true` in the connection string or Supabase's pooler port 6543, else false. */
    pooled?: boolean;
    /** False by default. */
    readOnly?: boolean;
    /** 1,000 to 600,000; 60,000 by default. */
    statementTimeoutMs?: number;
  }

  /** Settings left out keep their value. */
  export interface UpdateNotificationSettingsRequest {
    tenantId: string;
    inApp?: boolean;
    email?: boolean;
    events?: string[];
    ruleIds?: string[];
    recipients?: tenant_management.SetNotificationRecipients;
    minimumPriority?: types.NotificationPriority;
    /** Replaces the whole map. */
    eventSettings?: { [key: string]: tenant_management.EventNotificationSettings };
    /** `null`: none. */
    quietHours?: tenant_management.QuietHours | null;
    digest?: tenant_management.DigestMode;
    digestHour?: number;
    timeZone?: string;
    language?: types.MailLanguage;
  }

  /** What is left out keeps its value. */
  export interface UpdateTenantRequest {
    tenantId: string;
    slug?: string;
    name?: string;
  }
}

export namespace timeline {
  export interface RebuildTimelineRequest {
    /** `nextPosition` of an answer that was not the last; none to begin. */
    after?: string;
  }

  export interface RebuildTimelineResponse {
    /** Events that were read. */
    events: number;
    /** Rows of the read model that were written for them. */
    rows: number;
    /** Rows that were missing, wrong, or there without reason: 0 where the read model was what the events say. */
    corrected: number;
    /** Where to go on; absent when all events are done. */
    nextPosition?: string;
  }

  /** One thing that happened to a record, or was told of it. */
  export interface TimelineEntry {
    /**
     * - `event`: an event tells of the record.
     * - `conversion`: it was converted, or was not, or the conversion was undone.
     * - `notification`: people were told of it.
     * - `audit`: an entry of the audit log.
     */
    kind: "event" | "conversion" | "notification" | "audit";
    /** Event type; of an audit entry, the type that the audit log gives it. */
    type: string;
    /** When it happened. */
    time: string;
    /** Position of the event among all events: the order of the timeline. */
    position: string;
    eventId: string;
    correlationId: string;
    /** Who acted; `system` where nobody did. */
    userId: string;
    /** Whether the record was a conversion's source or its target. */
    role: "source" | "target";
    /** Entity of the record, where the event says it. */
    entity?: string;
    /** The record at the other end of the conversion. */
    counterpart?: {
      entity?: string;
      recordId: string;
    };
    ruleId?: string;
    jobId?: string;
    outcome?: string;
    /** Target field → value written. */
    fieldMappings?: shared.JsonValue;
    errorCode?: string;
    error?: string;
    notificationId?: string;
    /** Title of the notification. */
    title?: string;
  }

  export interface TimelineRequest {
    /** Id of the record, as a source or as a target. */
    recordId: string;
    /** Entity of the record, where ids of several entities are alike. */
    entity?: string;
    /** `asc`, oldest first, by default; `desc` for newest first. */
    order?: "asc" | "desc";
    /** Events a page: 1 to 200; 50 by default. An event may give several entries. */
    limit?: number;
    /** `nextCursor` of the page before. */
    cursor?: string;
  }

  export interface TimelineResponse {
    entries: timeline.TimelineEntry[];
    /** Absent on the last page. */
    nextCursor?: string;
  }
}

export namespace triggers {
  /**
   * How changes of a data source are noticed: `capture` by a trigger in the database (the built-in workspace),
   * `replication` from the database's write-ahead log, `polling` by a field that grows with each change.
   */
  export type CaptureMode = "capture" | "replication" | "polling";

  /** `failing`: an error keeps changes from being read; they are caught up later. `stopped`: by an operator. */
  export type CaptureState = "starting" | "running" | "failing" | "stopped";

  /** An entity whose changes start rules. */
  export interface CapturedEntity {
    entity: string;
    mode: triggers.CaptureMode;
    /** For replication: its REPLICA IDENTITY was made FULL for conditions on old values; the end of the capture undoes that. */
    identityMadeFull?: boolean;
    /** For polling: the field that grows with each change. */
    watermark?: string;
    /** Why it is this mode and not a better one. */
    reason?: string;
    /** Why its changes cannot be read. */
    error?: string;
  }

  /** What happened to a record. */
  export type ChangeOperation = "insert" | "update";

  export interface ListTriggerRunsRequest {
    state?: triggers.TriggerRunState;
    ruleId?: string;
    dataSource?: string;
    sourceRecordId?: string;
    /** `id`, with \`-\` before it for falling order; \`-id\` by default. */
    sort?: string;
    /** 1 to 200; 50 by default. */
    limit?: number;
    /** `nextCursor` of the page before. */
    cursor?: string;
  }

  export interface ListTriggerRunsResponse {
    runs: triggers.TriggerRun[];
    /** Absent on the last page. */
    nextCursor?: string;
  }

  export interface ListTriggerSourcesRequest {
    /** `dataSource`, with \`-\` before it for falling order; \`dataSource\` by default. */
    sort?: string;
    /** 1 to 200; 50 by default. */
    limit?: number;
    /** `nextCursor` of the page before. */
    cursor?: string;
  }

  export interface ListTriggerSourcesResponse {
    /** False where the tenant has switched automatic conversion off: changes start nothing. */
    automaticConversion: boolean;
    sources: triggers.TriggerSource[];
    /** Absent on the last page. */
    nextCursor?: string;
  }

  /** A conversion that a change has started. */
  export interface TriggerRun {
    id: string;
    ruleId: string;
    dataSource: string;
    entity: string;
    sourceRecordId: string;
    operation: triggers.ChangeOperation;
    state: triggers.TriggerRunState;
    /** `converted`, `unchanged` or `skipped`, of a run that completed. */
    outcome?: string;
    targetRecordId?: string;
    /** Why it failed or was stopped: `trigger_loop`, or the reason of the conversion. */
    reason?: string;
    message?: string;
    /** Rules whose writes led to the change, first cause first; empty where none did. */
    chain: string[];
    attempts: number;
    changedAt: string;
    queuedAt: string;
    finishedAt?: string;
  }

  export interface TriggerRunRequest {
    runId: string;
  }

  /** `failed`: it can be retried. `stopped`: it would have closed a loop between rules. */
  export type TriggerRunState = "queued" | "completed" | "failed" | "stopped" | "discarded";

  /** How the changes of a data source reach the automatic rules on it. */
  export interface TriggerSource {
    dataSource: string;
    state: triggers.CaptureState;
    /** Absent until it is chosen. */
    mode?: triggers.CaptureMode;
    /** Why it is this mode and not a better one. */
    reason?: string;
    /** Entities of active automatic rules. */
    entities: triggers.CapturedEntity[];
    /** Replication slot and publication that Axion made in the data source. */
    slot?: string;
    publication?: string;
    /** For replication: bytes of the write-ahead log that the slot keeps from being removed. */
    lagBytes?: number;
    /** Age of the oldest change that is not read yet; 0 where all are. */
    lagSeconds?: number;
    /** Since when changes are noticed: earlier ones start nothing. */
    since?: string;
    lastChangeAt?: string;
    /** What keeps changes from being read, and since when. */
    error?: string;
    failingSince?: string;
    /** Conversions that wait. */
    queued: number;
    /** Conversions that failed and are neither retried nor discarded. */
    failed: number;
  }

  export interface TriggerSourceRequest {
    dataSource: string;
  }
}

export namespace types {
  /**
   * Why an event was given up:
   * - `handler-failed`: its handler failed every time.
   * - `unknown-event`, `unknown-version`: the consumer does not know its type, or that version of it.
   * - `malformed-event`: it is not as the catalogue says that its type and version are.
   * - `event-id-reused`: another event has its id, with another content.
   */
  export type DeadLetterReason = "handler-failed" | "unknown-event" | "unknown-version" | "malformed-event" | "event-id-reused";

  export type MailLanguage = "en" | "ru";

  export type MailTemplate = "verify-email" | "reset-password" | "invitation" | "password-changed" | "account-exists" | "sign-in-locked" | "two-factor-changed" | "api-key-created" | "tenant-deletion-requested";

  export type NotificationPriority = "low" | "normal" | "high";
}

export namespace user_management {
  /** An API key without its secret. */
  export interface ApiKey {
    id: string;
    name: string;
    /** Beginning of the key, to tell it from others. */
    start: string;
    permissions: user_management.Permission[];
    /** The person who made it. The key ends with their membership. */
    createdBy: string;
    enabled: boolean;
    expiresAt?: string;
    lastUsedAt?: string;
    createdAt: string;
  }

  export interface ApiKeyPathRequest {
    keyId: string;
  }

  export interface ChangeMemberRoleRequest {
    userId: string;
    /** A built-in role or one of the tenant's own. */
    role: string;
  }

  export interface CheckPermissionsRequest {
    /** A member of the caller's tenant; the caller by default. */
    userId?: string;
    /** Permissions to answer for, beside the three that are always answered. */
    permissions?: user_management.Permission[];
  }

  export interface CheckPermissionsResponse {
    userId: string;
    /** `conversion:create` */
    canCreateRules: boolean;
    /** `conversion:execute` */
    canExecuteConversion: boolean;
    /** `audit:view` */
    canViewAudit: boolean;
    /** Answer for each permission asked for. */
    permissions: { [key: string]: boolean };
  }

  export interface CreateApiKeyRequest {
    /** 1 to 32 characters. */
    name: string;
    /** What the key may do: some of what its maker may. */
    permissions: user_management.Permission[];
    /** 1 to 3650; without it the key does not end by itself. */
    expiresInDays?: number;
  }

  export interface CreateInvitationRequest {
    email: string;
    /** A built-in role or one of the tenant's own. */
    role: string;
  }

  export interface CreateTenantRequest {
    /** 1 to 100 characters. */
    name: string;
    /** Lower-case letters, digits and hyphens, at most 63, starting with a letter or digit. */
    slug: string;
  }

  /** An API key with its secret, which is shown this one time. */
  export interface CreatedApiKey {
    key: string;
    id: string;
    name: string;
    /** Beginning of the key, to tell it from others. */
    start: string;
    permissions: user_management.Permission[];
    /** The person who made it. The key ends with their membership. */
    createdBy: string;
    enabled: boolean;
    expiresAt?: string;
    lastUsedAt?: string;
    createdAt: string;
  }

  /** How a caller proved who they are. */
  export type CredentialKind = "session" | "jwt" | "api-key";

  /** An invitation of one e-mail address to a tenant. */
  export interface Invitation {
    id: string;
    tenantId: string;
    /** Name of the tenant. */
    tenantName: string;
    email: string;
    role: string;
    status: user_management.InvitationStatus;
    inviterId: string;
    expiresAt: string;
    createdAt: string;
  }

  export interface InvitationPathRequest {
    invitationId: string;
  }

  export type InvitationStatus = "pending" | "accepted" | "revoked" | "expired";

  export interface ListApiKeysRequest {
    /** `name` or `createdAt`, with `-` before it for falling order; `name` by default. */
    sort?: string;
    /** 1 to 100; 50 by default. */
    limit?: number;
    cursor?: string;
  }

  export interface ListApiKeysResponse {
    apiKeys: user_management.ApiKey[];
    nextCursor?: string;
  }

  export interface ListInvitationsRequest {
    /** `createdAt`, `expiresAt` or `email`, with `-` before it for falling order; `-createdAt` by default. */
    sort?: string;
    /** 1 to 100; 50 by default. */
    limit?: number;
    cursor?: string;
  }

  export interface ListInvitationsResponse {
    invitations: user_management.Invitation[];
    nextCursor?: string;
  }

  export interface ListMembersRequest {
    /** `email`, `name` or `createdAt` (when they joined), with \`-\` before it for falling order; \`email\` by default. */
    sort?: string;
    /** 1 to 100; 50 by default. */
    limit?: number;
    cursor?: string;
  }

  export interface ListMembersResponse {
    members: user_management.User[];
    nextCursor?: string;
  }

  export interface ListMyTenantsRequest {
    /** `name` or `createdAt`, with `-` before it for falling order; `name` by default. */
    sort?: string;
    /** 1 to 100; 50 by default. */
    limit?: number;
    cursor?: string;
  }

  export interface ListMyTenantsResponse {
    tenants: user_management.TenantMembership[];
    nextCursor?: string;
  }

  export interface ListRolesResponse {
    /** The built-in roles, then the tenant's own by name: 100 of its own at most. */
    roles: user_management.Role[];
  }

  /** Everything that a caller can be allowed to do. */
  export type Permission = "conversion:create" | "conversion:execute" | "conversion:undo" | "source:manage" | "schema:read" | "audit:view" | "audit:export" | "event:ingest" | "deadletter:manage" | "notification:manage" | "project:create" | "project:generate" | "project:deploy" | "member:manage" | "apikey:manage" | "tenant:manage";

  /** A person, whatever the tenant. */
  export interface Person {
    id: string;
    email: string;
    name: string;
    twoFactorEnabled: boolean;
    createdAt: string;
  }

  export interface RemoveMemberRequest {
    userId: string;
  }

  /** A set of permissions that members can have. */
  export interface Role {
    name: string;
    description: string;
    permissions: user_management.Permission[];
    /** Built in: cannot be changed. */
    builtIn: boolean;
  }

  export interface RolePathRequest {
    name: string;
  }

  export interface SaveRoleRequest {
    /** Lower-case letters, digits and hyphens, at most 50, starting with a letter. */
    name: string;
    /** At most 500 characters. */
    description?: string;
    permissions: user_management.Permission[];
  }

  /** A tenant that the caller belongs to. */
  export interface TenantMembership {
    id: string;
    slug: string;
    name: string;
    /** The caller's role there. */
    role: string;
    createdAt: string;
  }

  /** A person as a member of the caller's tenant. */
  export interface User {
    id: string;
    tenantId: string;
    email: string;
    name: string;
    /** A built-in role or one that the tenant defined. */
    role: string;
    createdAt: string;
  }
}

export namespace webhooks {
  export interface CreateWebhookRequest {
    /** `https://…`; at most 2,000 characters, without user and password. */
    url: string;
    /** At most 200 characters. */
    description?: string;
    /** At least one; `*` stands for all. */
    eventTypes: string[];
    ruleIds?: string[];
    /** `en` by default. */
    language?: types.MailLanguage;
  }

  export interface GetWebhookDeliveryResponse {
    delivery: webhooks.WebhookDelivery;
    /** The body that is posted. */
    requestBody: string;
    /** The last 50, newest first. */
    attempts: webhooks.WebhookAttempt[];
  }

  export interface ListWebhookDeliveriesRequest {
    webhookId: string;
    state?: webhooks.WebhookDeliveryState;
    eventType?: string;
    /** `createdAt`, with `-` before it for falling order; `-createdAt` by default. */
    sort?: string;
    /** 1 to 200; 50 by default. */
    limit?: number;
    /** `nextCursor` of the page before. */
    cursor?: string;
  }

  export interface ListWebhookDeliveriesResponse {
    deliveries: webhooks.WebhookDelivery[];
    /** Absent on the last page. */
    nextCursor?: string;
  }

  export interface ListWebhooksRequest {
    state?: webhooks.WebhookState;
    /** `createdAt`, `updatedAt` or `url`, with `-` before it for falling order; `-createdAt` by default. */
    sort?: string;
    /** 1 to 200; 50 by default. */
    limit?: number;
    /** `nextCursor` of the page before. */
    cursor?: string;
  }

  export interface ListWebhooksResponse {
    webhooks: webhooks.Webhook[];
    /** Absent on the last page. */
    nextCursor?: string;
  }

  export interface RotateWebhookSecretRequest {
    webhookId: string;
    /** How long the old secret signs as well: 0 to 168 hours; 24 by default. */
    overlapHours?: number;
  }

  /** Settings left out keep their value. */
  export interface UpdateWebhookRequest {
    webhookId: string;
    url?: string;
    description?: string;
    eventTypes?: string[];
    ruleIds?: string[];
    language?: types.MailLanguage;
  }

  /** An address that events are posted to, as Standard Webhooks has it. */
  export interface Webhook {
    id: string;
    url: string;
    description: string;
    /** Event types; `*` stands for all. */
    eventTypes: string[];
    /** Only events of these rules; of all, and those without a rule, where it is empty. */
    ruleIds: string[];
    /** Language of `title` and `text`. */
    language: types.MailLanguage;
    state: webhooks.WebhookState;
    /** Why it was disabled. */
    disabledReason?: string;
    /** The first failure since the last success. Five days later the webhook is disabled. */
    failingSince?: string;
    /** Until when the secret before the last rotation signs as well. */
    previousSecretEndsAt?: string;
    createdBy: string;
    createdAt: string;
    updatedAt: string;
  }

  /** One request to a webhook and what it answered. */
  export interface WebhookAttempt {
    /** From 1. */
    number: number;
    startedAt: string;
    /** Absent while the attempt lasts, and where it was interrupted. */
    durationMs?: number;
    /** Headers as they were sent. */
    requestHeaders: { [key: string]: string };
    responseStatus?: number;
    /** At most 50. */
    responseHeaders?: { [key: string]: string };
    /** The first 4,096 bytes. */
    responseBody?: string;
    /** Why it failed; absent where it did not. */
    error?: string;
  }

  /** One event on its way to one webhook. */
  export interface WebhookDelivery {
    id: string;
    webhookId: string;
    /** The header `webhook-id`: equal in every attempt, also after a resend. */
    messageId: string;
    eventType: string;
    state: webhooks.WebhookDeliveryState;
    attempts: number;
    /** When the next attempt is due; absent where there is none. */
    nextAttemptAt?: string;
    /** Status of the last answer. */
    lastStatus?: number;
    /** Why the last attempt failed. */
    lastError?: string;
    createdAt: string;
    settledAt?: string;
  }

  export interface WebhookDeliveryPathRequest {
    webhookId: string;
    deliveryId: string;
  }

  /** `pending`: waits for its next attempt. `failed`: given up after the last one, or refused for good. */
  export type WebhookDeliveryState = "pending" | "delivered" | "failed";

  export interface WebhookPathRequest {
    webhookId: string;
  }

  /**
   * `paused`: events wait until it is enabled. `disabled`: given up after five days of failure or by the receiver's
   * 410; events that happen meanwhile are not kept for it.
   */
  export type WebhookState = "active" | "paused" | "disabled";

  /** A webhook with its signing secret, which is shown this once. */
  export interface WebhookWithSecret {
    webhook: webhooks.Webhook;
    /** `whsec_` and 32 bytes in base64. */
    secret: string;
  }
}

export namespace workspace {
  export interface CreateWorkspaceEntityRequest {
    name: string;
    fields: workspace.WorkspaceField[];
    primaryKey: string[];
    comment?: string;
  }

  export interface CreateWorkspaceEntityResponse {
    entity: workspace.WorkspaceEntity;
    /** False where the entity was there already, with the same definition. */
    created: boolean;
  }

  export interface GetRecordRequest {
    entity: string;
    recordId: string;
  }

  export interface ListRecordsRequest {
    entity: string;
    /** Condition in the expression language on `record`, e.g. `record.country == "DE"`. */
    filter?: string;
    /**
     * The first field of the key, or a unique and required field, with `-` before it for falling order; the key by
     * default.
     */
    sort?: string;
    /** 1 to 1000; 100 by default. */
    limit?: number;
    /** `nextCursor` of the page before. */
    cursor?: string;
  }

  export interface ListRecordsResponse {
    records: workspace.WorkspaceRecord[];
    /** Absent on the last page. */
    nextCursor?: string;
  }

  export interface ListWorkspaceEntitiesRequest {
    /** `name`, with \`-\` before it for falling order; \`name\` by default. */
    sort?: string;
    /** 1 to 1000; 1000, which is all, by default. */
    limit?: number;
    /** `nextCursor` of the page before. */
    cursor?: string;
  }

  export interface ListWorkspaceEntitiesResponse {
    entities: workspace.WorkspaceEntity[];
    /** Absent on the last page. */
    nextCursor?: string;
  }

  export interface LoadRecordsRequest {
    entity: string;
    /** Up to 5,000 records: field → value. A record whose key is there already takes the new values. */
    records: { [key: string]: shared.JsonValue }[];
  }

  export interface LoadRecordsResponse {
    inserted: number;
    updated: number;
    /** Records that already had exactly these values. */
    unchanged: number;
  }

  /** An entity of the built-in workspace database. */
  export interface WorkspaceEntity {
    /** Letters, digits and underscores, not starting with a digit; at most 63 characters. */
    name: string;
    fields: workspace.WorkspaceField[];
    /** Fields that identify a record, in order. */
    primaryKey: string[];
    comment?: string;
  }

  export interface WorkspaceField {
    /** Letters, digits and underscores, not starting with a digit; at most 63 characters. */
    name: string;
    type: workspace.WorkspaceFieldType;
    /** Digits in all, 1 to 1000; only for `numeric`. */
    precision?: number;
    /** Digits after the point, 0 to `precision`; only for `numeric`. */
    scale?: number;
    /** A value is required. */
    required?: boolean;
    /** No two records share a value. */
    unique?: boolean;
    comment?: string;
  }

  /** Column type of a workspace entity. `numeric` takes `precision` and `scale`. */
  export type WorkspaceFieldType = "text" | "integer" | "bigint" | "numeric" | "double" | "boolean" | "date" | "timestamptz" | "uuid" | "jsonb";

  export interface WorkspaceRecord {
    /** The key's value; a key of several fields is a JSON array of them. */
    recordId: string;
    fields: { [key: string]: shared.JsonValue };
  }
}

/** Where the API is, e.g. "https://api.example.com". */
export type BaseURL = string;

/** The API of an app that runs on this machine. */
export const Local: BaseURL = "http://localhost:4000";

/** What a single call may set beside its parameters. */
export type CallParameters = Omit<RequestInit, "method" | "body" | "headers"> & {
  headers?: Record<string, string>;
  query?: Record<string, string | string[]>;
};

/** Has the shape of the built-in `fetch`. */
export type Fetcher = typeof fetch;

type WireValue = string | number | boolean | Date | null | undefined;

/** A value as text for a path, header or query: dates in ISO 8601. */
function wireText(value: NonNullable<WireValue>): string {
  return value instanceof Date ? value.toISOString() : String(value);
}

function pathSegment(value: NonNullable<WireValue>): string {
  return encodeURIComponent(wireText(value));
}

/** The values that are set, as text. */
function wireRecord(values: Record<string, WireValue | NonNullable<WireValue>[]>): Record<string, string | string[]> {
  const record: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(values)) {
    if (Array.isArray(value)) record[name] = value.map(wireText);
    else if (value !== undefined && value !== null) record[name] = wireText(value);
  }
  return record;
}

function headerRecord(values: Record<string, WireValue | NonNullable<WireValue>[]>): Record<string, string> {
  return Object.fromEntries(Object.entries(wireRecord(values)).map(([name, value]) => [name, String(value)]));
}

function queryString(query: Record<string, string | string[]> | undefined): string {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const item of Array.isArray(value) ? value : [value]) pairs.append(name, item);
  }
  const text = pairs.toString();
  return text === "" ? "" : "?" + text;
}

interface AuthParameters {
  headers?: Record<string, string>;
  query?: Record<string, string | string[]>;
}

/** Sends requests; the service clients tell it what. */
class BaseClient {
  private readonly baseURL: string;

  constructor(
    baseURL: BaseURL,
    private readonly options: ClientOptions,
  ) {
    this.baseURL = baseURL.replace(/\/+$/, "");
  }

  /** Calls an endpoint that speaks JSON; a failure is an APIError. */
  async callTypedAPI(method: string, path: string, body?: string, params?: CallParameters): Promise<Response> {
    const headers: Record<string, string> = body === undefined ? {} : { "Content-Type": "application/json" };
    return this.callAPI(method, path, body, { ...params, headers: { ...headers, ...params?.headers } });
  }

  /** Calls any endpoint. */
  async callAPI(method: string, path: string, body?: RequestInit["body"], params: CallParameters = {}): Promise<Response> {
    const { query, headers, ...init } = params;
    const auth = await this.authParameters();
    const send = this.options.fetcher ?? ((input: Parameters<Fetcher>[0], requestInit?: RequestInit) => fetch(input, requestInit));
    const response = await send(this.baseURL + path + queryString({ ...query, ...auth.query }), {
      ...this.options.requestInit,
      ...init,
      method,
      body: body ?? null,
      headers: { ...this.options.requestInit?.headers, ...headers, ...auth.headers },
    });
    if (!response.ok) throw await APIError.fromResponse(response);
    return response;
  }

  /** The address and subprotocols of a WebSocket: browsers cannot set headers on one, so they travel in a subprotocol. */
  async streamTarget(path: string, params: CallParameters = {}): Promise<{ url: string; protocols: string[] }> {
    const auth = await this.authParameters();
    const headers = { ...this.options.requestInit?.headers, ...params.headers, ...auth.headers };
    const url = this.baseURL.replace(/^http/, "ws") + path + queryString({ ...params.query, ...auth.query });
    const protocols = ["encore-ws"];
    if (Object.keys(headers).length > 0) protocols.push("encore.dev.headers." + base64Url(JSON.stringify(headers)));
    return { url, protocols };
  }

  private async authParameters(): Promise<AuthParameters> {
    const { auth } = this.options;
    const data = typeof auth === "function" ? await auth() : auth;
    if (data === undefined) return {};
    return { headers: headerRecord({ Authorization: data.authorization, "X-API-Key": data.apiKey, "X-Forwarded-For": data.forwardedFor }), query: wireRecord({  }) };
  }
}

function base64Url(text: string): string {
  const bytes = String.fromCharCode(...new TextEncoder().encode(text));
  return btoa(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The value of a response header that the endpoint always sets. */
function requiredHeader(response: Response, name: string): string {
  const value = response.headers.get(name);
  if (value === null) throw new APIError(500, { code: ErrCode.DataLoss, message: "the response has no header " + name });
  return value;
}

interface ErrorBody {
  code: ErrCode;
  message: string;
  details?: any;
}

/** A call that the API refused or could not answer. */
export class APIError extends Error {
  /** HTTP status; 0 for a stream. */
  readonly status: number;
  readonly code: ErrCode;
  readonly details?: any;

  constructor(status: number, body: ErrorBody) {
    super(body.message);
    Object.defineProperty(this, "name", { value: "APIError", configurable: true });
    this.status = status;
    this.code = body.code;
    this.details = body.details ?? undefined;
  }

  /** Reads the error of a response; one that is not the API's own becomes `unknown`. */
  static async fromResponse(response: Response): Promise<APIError> {
    const message = "request failed: status " + response.status;
    const text = await response.text().catch(() => "");
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      return new APIError(response.status, { code: ErrCode.Unknown, message: text === "" ? message : message + ": " + text });
    }
    if (isErrorBody(body)) return new APIError(response.status, body);
    return new APIError(response.status, { code: ErrCode.Unknown, message: message + ": " + text });
  }
}

/** Whether a caught value is an APIError, of any copy of this client. */
export function isAPIError(error: unknown): error is APIError {
  return error instanceof Error && error.name === "APIError" && "code" in error && isErrCode(error.code);
}

function isErrorBody(body: unknown): body is ErrorBody {
  if (typeof body !== "object" || body === null || !("code" in body) || !("message" in body)) return false;
  return isErrCode(body.code) && typeof body.message === "string";
}

function isErrCode(code: unknown): code is ErrCode {
  return (Object.values(ErrCode) as unknown[]).includes(code);
}

/** Why a call failed. */
export enum ErrCode {
  OK = "ok",
  /** The caller gave up. */
  Canceled = "canceled",
  /** No more is known, or the answer was not the API's. */
  Unknown = "unknown",
  /** The request is wrong, whatever the state of the system. */
  InvalidArgument = "invalid_argument",
  DeadlineExceeded = "deadline_exceeded",
  NotFound = "not_found",
  AlreadyExists = "already_exists",
  /** Known caller, but not allowed. */
  PermissionDenied = "permission_denied",
  /** A quota or limit is used up. */
  ResourceExhausted = "resource_exhausted",
  /** The system is not in the state that the call needs; do not retry before that changes. */
  FailedPrecondition = "failed_precondition",
  /** Lost a race; retry from reading on. */
  Aborted = "aborted",
  OutOfRange = "out_of_range",
  Unimplemented = "unimplemented",
  Internal = "internal",
  /** Not reachable now; retry the call. */
  Unavailable = "unavailable",
  DataLoss = "data_loss",
  /** Unknown caller. */
  Unauthenticated = "unauthenticated",
}

/** The JSON of a response; an empty one stands for an object without fields. */
async function jsonBody(response: Response): Promise<any> {
  const text = await response.text();
  return text === "" ? {} : JSON.parse(text);
}

type SocketEvent = "open" | "message" | "error" | "close";

/** A WebSocket whose messages wait until they are asked for. */
class StreamSocket {
  readonly ws: WebSocket;
  private readonly messages: unknown[] = [];
  private readonly opened: Promise<void>;
  private waiting: (() => void)[] = [];
  private ended = false;
  private failure: APIError | undefined;

  constructor({ url, protocols }: { url: string; protocols: string[] }) {
    this.ws = new WebSocket(url, protocols);
    this.opened = new Promise((resolve, reject) => {
      this.ws.addEventListener("open", () => resolve());
      this.ws.addEventListener("close", (event) => {
        this.end(event.code, event.reason);
        reject(this.failure ?? closedError());
      });
    });
    // Whoever sends or receives meets the failure; unasked it is nobody's unhandled rejection.
    this.opened.catch(() => {});
    this.ws.addEventListener("message", (event) => {
      this.messages.push(JSON.parse(String(event.data)));
      this.wakeAll();
    });
  }

  on(type: SocketEvent, handler: (event: any) => void): void {
    this.ws.addEventListener(type, handler);
  }

  off(type: SocketEvent, handler: (event: any) => void): void {
    this.ws.removeEventListener(type, handler);
  }

  close(): void {
    this.ended = true;
    this.ws.close();
    this.wakeAll();
  }

  async send(message: unknown): Promise<void> {
    await this.opened;
    if (this.ws.readyState !== WebSocket.OPEN) throw this.failure ?? closedError();
    this.ws.send(JSON.stringify(message));
  }

  /** The next message; `undefined` once the stream has ended, an APIError if it broke. */
  async receive(): Promise<{ message: unknown } | undefined> {
    while (this.messages.length === 0) {
      if (this.failure) throw this.failure;
      if (this.ended) return undefined;
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
    return { message: this.messages.shift() };
  }

  private end(code: number, reason: string): void {
    const isRegular = code === 1000 || code === 1005 || this.ended;
    if (!isRegular) this.failure = new APIError(0, { code: ErrCode.Unavailable, message: "the stream broke: " + (reason || "code " + code) });
    this.ended = true;
    this.wakeAll();
  }

  private wakeAll(): void {
    const woken = this.waiting;
    this.waiting = [];
    for (const wake of woken) wake();
  }
}

function closedError(): APIError {
  return new APIError(0, { code: ErrCode.Canceled, message: "the stream is closed" });
}

type Decode<T> = (message: unknown) => T;

/** Messages from the server: `for await (const message of stream)`. */
export class StreamIn<Response> {
  readonly socket: StreamSocket;

  constructor(
    target: { url: string; protocols: string[] },
    private readonly decode: Decode<Response> = (message) => message as Response,
  ) {
    this.socket = new StreamSocket(target);
  }

  close(): void {
    this.socket.close();
  }

  /** The next message; `undefined` once the stream has ended. */
  async next(): Promise<Response | undefined> {
    const received = await this.socket.receive();
    return received && this.decode(received.message);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Response, undefined, void> {
    for (;;) {
      const received = await this.socket.receive();
      if (!received) return;
      yield this.decode(received.message);
    }
  }
}

/** Messages in both directions. */
export class StreamInOut<Request, Response> extends StreamIn<Response> {
  async send(message: Request): Promise<void> {
    await this.socket.send(message);
  }
}

/** Messages to the server, which may answer once. */
export class StreamOut<Request, Response> {
  readonly socket: StreamSocket;
  private answer: Promise<Response> | undefined;

  constructor(
    target: { url: string; protocols: string[] },
    private readonly decode: Decode<Response> = (message) => message as Response,
  ) {
    this.socket = new StreamSocket(target);
  }

  close(): void {
    this.socket.close();
  }

  async send(message: Request): Promise<void> {
    await this.socket.send(message);
  }

  /** The server's answer to the whole stream. */
  response(): Promise<Response> {
    return (this.answer ??= this.receiveAnswer());
  }

  private async receiveAnswer(): Promise<Response> {
    const received = await this.socket.receive();
    if (!received) throw closedError();
    return this.decode(received.message);
  }
}
