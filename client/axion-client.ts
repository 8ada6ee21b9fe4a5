// Generated from the app's API; changes are overwritten.

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
  export interface AuthParams {
    /** `Bearer` and a session's token, a JSON Web Token or an API key. */
    authorization?: string;
    /** An API key. */
    apiKey?: string;
    forwardedFor?: string;
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

  /** The public API, `/api/v1`: authenticates callers, checks their permissions, and hands on to the services. */
  export class ServiceClient {
    constructor(private readonly baseClient: BaseClient) {
      this.createApiKey = this.createApiKey.bind(this);
      this.listApiKeys = this.listApiKeys.bind(this);
      this.rotateApiKey = this.rotateApiKey.bind(this);
      this.revokeApiKey = this.revokeApiKey.bind(this);
      this.getAuditTrail = this.getAuditTrail.bind(this);
      this.listAuditEntries = this.listAuditEntries.bind(this);
      this.recordActivity = this.recordActivity.bind(this);
      this.listDeadLetters = this.listDeadLetters.bind(this);
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
      this.checkTriggers = this.checkTriggers.bind(this);
      this.createDataSource = this.createDataSource.bind(this);
      this.listDataSources = this.listDataSources.bind(this);
      this.getDataSource = this.getDataSource.bind(this);
      this.updateDataSource = this.updateDataSource.bind(this);
      this.deleteDataSource = this.deleteDataSource.bind(this);
      this.testDataSource = this.testDataSource.bind(this);
      this.listDevelopmentMails = this.listDevelopmentMails.bind(this);
      this.health = this.health.bind(this);
      this.me = this.me.bind(this);
      this.checkPermissions = this.checkPermissions.bind(this);
      this.createTenant = this.createTenant.bind(this);
      this.listMyTenants = this.listMyTenants.bind(this);
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
      this.listNotifications = this.listNotifications.bind(this);
      this.markNotificationRead = this.markNotificationRead.bind(this);
      this.sendConversionNotification = this.sendConversionNotification.bind(this);
      this.listMails = this.listMails.bind(this);
      this.getOverview = this.getOverview.bind(this);
      this.createProject = this.createProject.bind(this);
      this.listProjects = this.listProjects.bind(this);
      this.getProject = this.getProject.bind(this);
      this.listRoles = this.listRoles.bind(this);
      this.createRole = this.createRole.bind(this);
      this.updateRole = this.updateRole.bind(this);
      this.deleteRole = this.deleteRole.bind(this);
      this.createRule = this.createRule.bind(this);
      this.listRules = this.listRules.bind(this);
      this.getRule = this.getRule.bind(this);
      this.updateRule = this.updateRule.bind(this);
      this.listRuleVersions = this.listRuleVersions.bind(this);
      this.retireRule = this.retireRule.bind(this);
      this.getRuleStatistics = this.getRuleStatistics.bind(this);
      this.analyzeEntity = this.analyzeEntity.bind(this);
      this.listEntities = this.listEntities.bind(this);
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
    public async listApiKeys(params: user_management.PageRequest, options?: CallParameters): Promise<user_management.ListApiKeysResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/api-keys`, undefined, { ...options, query: { ...wireRecord({ limit: params.limit, cursor: params.cursor }), ...options?.query } });
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
      /** 1 to 500; 100 by default. */
      limit?: number;
      /** `nextCursor` of the page before. */
      cursor?: string;
    }, options?: CallParameters): Promise<audit.AuditEntriesResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/audit/trail/${pathSegment(recordId)}`, undefined, { ...options, query: { ...wireRecord({ limit: params.limit, cursor: params.cursor }), ...options?.query } });
      return await jsonBody(response);
    }

    /** Audit entries by rule, job, type, actor and time, newest first. */
    public async listAuditEntries(params: audit.ListAuditEntriesRequest, options?: CallParameters): Promise<audit.AuditEntriesResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/audit/entries`, undefined, { ...options, query: { ...wireRecord({ ruleId: params.ruleId, jobId: params.jobId, eventType: params.eventType, performedBy: params.performedBy, from: params.from, to: params.to, count: params.count, limit: params.limit, cursor: params.cursor }), ...options?.query } });
      return await jsonBody(response);
    }

    /** Writes an entry into the audit log, in the name of the caller. */
    public async recordActivity(params: api_gateway.RecordActivityRequest, options?: CallParameters): Promise<audit.LogActivityResponse> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/audit/log`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** Events that a subscription gave up on, newest first. */
    public async listDeadLetters(params: processing.ListDeadLettersRequest, options?: CallParameters): Promise<processing.ListDeadLettersResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/dead-letters`, undefined, { ...options, query: { ...wireRecord({ service: params.service, subscription: params.subscription, limit: params.limit, cursor: params.cursor }), ...options?.query } });
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
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/conversion/jobs`, undefined, { ...options, query: { ...wireRecord({ ruleId: params.ruleId, state: params.state, limit: params.limit, cursor: params.cursor }), ...options?.query } });
      return await jsonBody(response);
    }

    /** A job and how far it is. */
    public async getJob(jobId: string, options?: CallParameters): Promise<entity_conversion.ConversionJob> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/conversion/jobs/${pathSegment(jobId)}`, undefined, options);
      return await jsonBody(response);
    }

    /** The records that a job could not convert, each with its reason. */
    public async listJobFailures(jobId: string, params: {
      /** 1 to 1000; 100 by default. */
      limit?: number;
      /** `nextCursor` of the page before. */
      cursor?: string;
    }, options?: CallParameters): Promise<entity_conversion.ListJobFailuresResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/conversion/jobs/${pathSegment(jobId)}/failures`, undefined, { ...options, query: { ...wireRecord({ limit: params.limit, cursor: params.cursor }), ...options?.query } });
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

    /** Starts the automatic conversions of a record that was made or changed. */
    public async checkTriggers(params: processing.CheckTriggersRequest, options?: CallParameters): Promise<processing.CheckTriggersResponse> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/triggers/check`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** Adds a Postgres database to convert from or to. Its connection string is kept encrypted. */
    public async createDataSource(tenantId: string, params: {
      /** A lower-case letter, then letters, digits, `_` and `-`; at most 63 characters. `workspace` is taken. */
      name: string;
      /** `postgres://user:password@host:port/database`, with `?sslmode=require` where the server asks for it. */
      url: string;
    }, options?: CallParameters): Promise<tenant_management.DataSource> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/tenants/${pathSegment(tenantId)}/data-sources`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** The tenant's data sources, by name. */
    public async listDataSources(tenantId: string, options?: CallParameters): Promise<tenant_management.ListDataSourcesResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/tenants/${pathSegment(tenantId)}/data-sources`, undefined, options);
      return await jsonBody(response);
    }

    /** One data source, by id or name. */
    public async getDataSource(tenantId: string, source: string, options?: CallParameters): Promise<tenant_management.DataSource> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/tenants/${pathSegment(tenantId)}/data-sources/${pathSegment(source)}`, undefined, options);
      return await jsonBody(response);
    }

    /** Renames a data source or points it to another database. */
    public async updateDataSource(tenantId: string, source: string, params: {
      name?: string;
      url?: string;
    }, options?: CallParameters): Promise<tenant_management.DataSource> {
      const response = await this.baseClient.callTypedAPI("PUT", `/api/v1/tenants/${pathSegment(tenantId)}/data-sources/${pathSegment(source)}`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** Removes a data source. */
    public async deleteDataSource(tenantId: string, source: string, options?: CallParameters): Promise<void> {
      await this.baseClient.callTypedAPI("DELETE", `/api/v1/tenants/${pathSegment(tenantId)}/data-sources/${pathSegment(source)}`, undefined, options);
    }

    /** Tries to connect to a data source, for 5 s at most. */
    public async testDataSource(tenantId: string, source: string, options?: CallParameters): Promise<tenant_management.TestDataSourceResponse> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/tenants/${pathSegment(tenantId)}/data-sources/${pathSegment(source)}/test`, undefined, options);
      return await jsonBody(response);
    }

    /** The mailbox of local development: all mails, newest first, whether a mail server took them or not. */
    public async listDevelopmentMails(params: mail.ListDevelopmentMailsRequest, options?: CallParameters): Promise<mail.ListDevelopmentMailsResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/development/mails`, undefined, { ...options, query: { ...wireRecord({ to: params.to, limit: params.limit, cursor: params.cursor }), ...options?.query } });
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
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/tenants`, undefined, { ...options, query: { ...wireRecord({ limit: params.limit, cursor: params.cursor }), ...options?.query } });
      return await jsonBody(response);
    }

    /** Invites an e-mail address to the caller's tenant, by mail. The invitation ends after seven days. */
    public async createInvitation(params: user_management.CreateInvitationRequest, options?: CallParameters): Promise<user_management.Invitation> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/invitations`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** The invitations of the caller's tenant, newest first. */
    public async listInvitations(params: user_management.PageRequest, options?: CallParameters): Promise<user_management.ListInvitationsResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/invitations`, undefined, { ...options, query: { ...wireRecord({ limit: params.limit, cursor: params.cursor }), ...options?.query } });
      return await jsonBody(response);
    }

    /** Takes back an invitation that was not accepted yet. */
    public async revokeInvitation(invitationId: string, options?: CallParameters): Promise<void> {
      await this.baseClient.callTypedAPI("DELETE", `/api/v1/invitations/${pathSegment(invitationId)}`, undefined, options);
    }

    /** The invitations that wait for the caller's e-mail address, of whatever tenant. */
    public async listMyInvitations(params: user_management.PageRequest, options?: CallParameters): Promise<user_management.ListInvitationsResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/me/invitations`, undefined, { ...options, query: { ...wireRecord({ limit: params.limit, cursor: params.cursor }), ...options?.query } });
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
    public async listMembers(params: user_management.PageRequest, options?: CallParameters): Promise<user_management.ListMembersResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/members`, undefined, { ...options, query: { ...wireRecord({ limit: params.limit, cursor: params.cursor }), ...options?.query } });
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

    /** The tenant's in-app notifications as the caller sees them, newest first. */
    public async listNotifications(params: notifications.ListNotificationsRequest, options?: CallParameters): Promise<notifications.ListNotificationsResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/notifications`, undefined, { ...options, query: { ...wireRecord({ unread: params.unread, limit: params.limit, cursor: params.cursor }), ...options?.query } });
      return await jsonBody(response);
    }

    /** Marks a notification as read by the caller. */
    public async markNotificationRead(notificationId: string, options?: CallParameters): Promise<void> {
      await this.baseClient.callTypedAPI("POST", `/api/v1/notifications/${pathSegment(notificationId)}/read`, undefined, options);
    }

    /** Tells the tenant's people of something that happened in a conversion, as far as their settings let it through. */
    public async sendConversionNotification(params: notifications.SendConversionNotificationRequest, options?: CallParameters): Promise<notifications.SendConversionNotificationResponse> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/notifications/conversion`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** What became of the mails that the tenant caused, newest first. Never what they say. */
    public async listMails(params: mail.ListMailsRequest, options?: CallParameters): Promise<mail.ListMailsResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/notifications/mails`, undefined, { ...options, query: { ...wireRecord({ state: params.state, limit: params.limit, cursor: params.cursor }), ...options?.query } });
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
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/projects`, undefined, { ...options, query: { ...wireRecord({ limit: params.limit, cursor: params.cursor }), ...options?.query } });
      return await jsonBody(response);
    }

    /** A project with its model. */
    public async getProject(projectId: string, options?: CallParameters): Promise<codegen.Project> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/projects/${pathSegment(projectId)}`, undefined, options);
      return await jsonBody(response);
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
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/conversion/rules`, undefined, { ...options, query: { ...wireRecord({ state: params.state, sourceEntity: params.sourceEntity, targetEntity: params.targetEntity, triggerMode: params.triggerMode, search: params.search, limit: params.limit, cursor: params.cursor }), ...options?.query } });
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

    /** Gives a rule a new version; earlier ones stay as they are. */
    public async updateRule(ruleId: string, params: {
      definition: entity_conversion.RuleDefinitionInput;
      /** Refuses with `aborted` (reason `version_changed`) where the latest version is another one. */
      expectedVersion?: number;
    }, options?: CallParameters): Promise<entity_conversion.Rule> {
      const response = await this.baseClient.callTypedAPI("PUT", `/api/v1/conversion/rules/${pathSegment(ruleId)}`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** All versions of a rule, newest first. */
    public async listRuleVersions(ruleId: string, params: {
      /** 1 to 200; 50 by default. */
      limit?: number;
      /** `nextCursor` of the page before. */
      cursor?: string;
    }, options?: CallParameters): Promise<entity_conversion.ListRuleVersionsResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/conversion/rules/${pathSegment(ruleId)}/versions`, undefined, { ...options, query: { ...wireRecord({ limit: params.limit, cursor: params.cursor }), ...options?.query } });
      return await jsonBody(response);
    }

    /** Takes a rule out of use. */
    public async retireRule(ruleId: string, options?: CallParameters): Promise<entity_conversion.Rule> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/conversion/rules/${pathSegment(ruleId)}/retire`, undefined, options);
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
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/schema/entities`, undefined, { ...options, query: { ...wireRecord({ source: params.source, search: params.search, limit: params.limit, cursor: params.cursor }), ...options?.query } });
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
      /** 1 to 100; 20 by default. */
      limit?: number;
      /** `nextCursor` of the page before. */
      cursor?: string;
    }, options?: CallParameters): Promise<tenant_management.ListTenantExportsResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/tenants/${pathSegment(tenantId)}/exports`, undefined, { ...options, query: { ...wireRecord({ limit: params.limit, cursor: params.cursor }), ...options?.query } });
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
      events?: tenant_management.NotificationTopic[];
    }, options?: CallParameters): Promise<tenant_management.NotificationSettings> {
      const response = await this.baseClient.callTypedAPI("PUT", `/api/v1/tenants/${pathSegment(tenantId)}/notification-settings`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** Makes an entity in the built-in workspace database. */
    public async createWorkspaceEntity(params: workspace.CreateWorkspaceEntityRequest, options?: CallParameters): Promise<workspace.CreateWorkspaceEntityResponse> {
      const response = await this.baseClient.callTypedAPI("POST", `/api/v1/workspace/entities`, JSON.stringify(params), options);
      return await jsonBody(response);
    }

    /** The entities of the built-in workspace database. */
    public async listWorkspaceEntities(options?: CallParameters): Promise<workspace.ListWorkspaceEntitiesResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/workspace/entities`, undefined, options);
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
      /** 1 to 1000; 100 by default. */
      limit?: number;
      /** `nextCursor` of the page before. */
      cursor?: string;
    }, options?: CallParameters): Promise<workspace.ListRecordsResponse> {
      const response = await this.baseClient.callTypedAPI("GET", `/api/v1/workspace/entities/${pathSegment(entity)}/records`, undefined, { ...options, query: { ...wireRecord({ filter: params.filter, limit: params.limit, cursor: params.cursor }), ...options?.query } });
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
    /** Newest first. */
    entries: audit.AuditEntry[];
    /** Absent on the last page. */
    nextCursor?: string;
    /** Number of all entries that fit, where it was asked for. */
    total?: number;
  }

  /** One line of the audit log: what was done to one record, or to a rule, a job or a setting. */
  export interface AuditEntry {
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
  }

  export interface AuditTrailRequest {
    /** Id of a source record or of a target record. */
    recordId: string;
    /** 1 to 500; 100 by default. */
    limit?: number;
    /** `nextCursor` of the page before. */
    cursor?: string;
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
    /** 1 to 500; 100 by default. */
    limit?: number;
    /** `nextCursor` of the page before. */
    cursor?: string;
  }

  export interface LogActivityResponse {
    /** False where an entry with the same `eventId` was there already. */
    logged: boolean;
  }
}

export namespace codegen {
  export interface CreateProjectRequest {
    /** A lower-case letter, then letters, digits and hyphens; at most 63 characters. Unique in the tenant. */
    name: string;
    description?: string;
    /** The project model: services, their entities, operations and dependencies. */
    model: shared.JsonValue;
  }

  export interface GetProjectRequest {
    projectId: string;
  }

  export interface ListProjectsRequest {
    /** 1 to 200; 50 by default. */
    limit?: number;
    /** `nextCursor` of the page before. */
    cursor?: string;
  }

  export interface ListProjectsResponse {
    /** Newest first. */
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
    createdBy: string;
    createdAt: string;
  }

  /** A project without its model, as lists show it. */
  export interface ProjectSummary {
    id: string;
    name: string;
    description: string;
    /** Version of the model, from 1. */
    modelVersion: number;
    createdBy: string;
    createdAt: string;
  }
}

export namespace entity_conversion {
  export interface CancelJobRequest {
    jobId: string;
  }

  /** What the conversion of a record does to the target: `none` where the record is unchanged, skipped or fails. */
  export type ConversionAction = "create" | "update" | "none";

  /** The conversion of an entity, or of some of its records. */
  export interface ConversionJob {
    id: string;
    ruleId: string;
    ruleVersion: number;
    source: entity_conversion.EntityRef;
    target: entity_conversion.EntityRef;
    state: entity_conversion.JobState;
    /** Why the job as a whole failed. */
    error?: string;
    /** `set-based`: inside the database that holds source and target. `streaming`: read, evaluated here, loaded. */
    executor?: "set-based" | "streaming";
    /** The job whose failed records this one converts. */
    retryOf?: string;
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
    /** A second request with the same key answers with the first one's rule. At most 200 characters. */
    idempotencyKey?: string;
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

  export interface EvaluateExpressionRequest {
    expression: string;
    /** Types `record` by a live entity. Without it the types are taken from `record` itself. */
    entity?: entity_conversion.EntityRefInput;
    /** A record of `entity`, or `record`. */
    sourceRecordId?: string;
    /** Field → value; fields left out are null. */
    record?: { [key: string]: shared.JsonValue };
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
  }

  /** Where the value of one target field comes from. Exactly one of column, constant, expression and lookup is given. */
  export interface FieldMapping {
    /** Target field. */
    target: string;
    /** Source field, copied as it is. */
    column?: string;
    constant?: shared.JsonValue;
    /** CEL expression on `record`. */
    expression?: string;
    lookup?: entity_conversion.LookupMapping;
    /** What a failing expression or lookup of this field does; `fail` is the only policy yet. */
    onError?: "fail";
  }

  export interface GetJobRequest {
    jobId: string;
  }

  export interface GetRuleRequest {
    ruleId: string;
    /** The latest by default. */
    version?: number;
  }

  export interface JobFailure {
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

  export type JobState = "queued" | "running" | "paused" | "completed" | "failed" | "cancelled";

  export interface ListJobFailuresRequest {
    jobId: string;
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
    /** 1 to 200; 50 by default. */
    limit?: number;
    /** `nextCursor` of the page before. */
    cursor?: string;
  }

  export interface ListJobsResponse {
    /** Newest first. */
    jobs: entity_conversion.ConversionJob[];
    nextCursor?: string;
  }

  export interface ListRuleVersionsRequest {
    ruleId: string;
    /** 1 to 200; 50 by default. */
    limit?: number;
    /** `nextCursor` of the page before. */
    cursor?: string;
  }

  export interface ListRuleVersionsResponse {
    /** Newest first. */
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
    /** 1 to 200; 50 by default. */
    limit?: number;
    /** `nextCursor` of the page before. */
    cursor?: string;
  }

  export interface ListRulesResponse {
    /** Newest first, each at its latest version. */
    rules: entity_conversion.Rule[];
    /** Absent on the last page. */
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
  }

  export interface ResumeJobRequest {
    jobId: string;
  }

  export interface RetireRuleRequest {
    ruleId: string;
  }

  export interface RetryJobRequest {
    jobId: string;
    /** A second request with the same key answers with the first one's job. At most 200 characters. */
    idempotencyKey?: string;
  }

  /** A conversion rule at one of its versions. */
  export interface Rule {
    id: string;
    /** This version, from 1. A version never changes. */
    version: number;
    latestVersion: number;
    state: entity_conversion.RuleState;
    definition: entity_conversion.RuleDefinition;
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
    /** `manual` by default. */
    trigger?: entity_conversion.RuleTrigger;
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

  export type RuleState = "active" | "retired";

  export interface RuleTrigger {
    mode: "manual" | "automatic";
    /** For automatic rules: expression on `record` that must hold for a changed record to be converted. */
    condition?: string;
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

  export interface UpdateRuleRequest {
    ruleId: string;
    definition: entity_conversion.RuleDefinitionInput;
    /** Refuses with `aborted` (reason `version_changed`) where the latest version is another one. */
    expectedVersion?: number;
  }
}

export namespace events {
  export type MailLanguage = "en" | "ru";

  export type MailTemplate = "verify-email" | "reset-password" | "invitation" | "password-changed" | "account-exists" | "sign-in-locked" | "two-factor-changed" | "tenant-deletion-requested";

  export type NotificationPriority = "low" | "normal" | "high";
}

export namespace mail {
  /** A mail as its reader sees it. */
  export interface DevelopmentMail {
    id: string;
    to: string;
    subject: string;
    text: string;
    template: events.MailTemplate;
    /** The links in the text, in their order. */
    links: string[];
    state: mail.MailState;
    createdAt: string;
  }

  export interface ListDevelopmentMailsRequest {
    /** The address that the mails were sent to, in any case. */
    to?: string;
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

  /**
   * `pending`: waits for its next attempt. `sent`: a mail server took it. `kept`: no mail server is configured.
   * `failed`: it was refused, or given up after too many attempts.
   */
  export type MailState = "pending" | "sent" | "kept" | "failed";

  /** What became of a mail that the tenant caused. */
  export interface MailStatus {
    id: string;
    to: string;
    template: events.MailTemplate;
    language: events.MailLanguage;
    state: mail.MailState;
    /** Times that it was handed to the mail server. */
    attempts: number;
    /** Why the last attempt failed. */
    lastError?: string;
    createdAt: string;
    sentAt?: string;
  }
}

export namespace notifications {
  export interface ListNotificationsRequest {
    /** Leaves out what the caller has read. */
    unread?: boolean;
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

  export interface MarkNotificationReadRequest {
    notificationId: string;
  }

  /** An in-app notification, as the caller sees it. */
  export interface Notification {
    id: string;
    category: string;
    priority: events.NotificationPriority;
    title: string;
    body: string;
    data: { [key: string]: shared.JsonValue };
    createdAt: string;
    /** When the caller read it; absent while unread. */
    readAt?: string;
  }

  export interface SendConversionNotificationRequest {
    /** What happened: the tenant's settings say whether anyone is told. */
    eventType: tenant_management.NotificationTopic;
    /** `normal` by default. */
    priority?: events.NotificationPriority;
    title: string;
    body: string;
    data?: { [key: string]: shared.JsonValue };
  }

  export interface SendConversionNotificationResponse {
    /** Absent where the tenant's settings keep such notifications back. */
    notificationId?: string;
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
  }

  export interface CheckTriggersResponse {
    /** False where the tenant has switched automatic conversion off: no rule was looked at. */
    automaticConversion: boolean;
    /** The automatic rules of the entity. */
    rules: processing.TriggeredRule[];
  }

  /** An event that a subscription gave up on. */
  export interface DeadLetter {
    id: string;
    service: string;
    topic: string;
    subscription: string;
    reason: "handler-failed" | "unknown-event";
    attempts: number;
    error: string;
    stack?: string;
    eventType: string;
    /** The event as it was delivered. */
    event: shared.JsonValue;
    failedAt: string;
  }

  export interface GetRuleStatisticsRequest {
    ruleId: string;
  }

  export interface ListDeadLettersRequest {
    /** The consuming service. */
    service?: string;
    subscription?: string;
    /** 1 to 200; 50 by default. */
    limit?: number;
    /** `nextCursor` of the page before. */
    cursor?: string;
  }

  export interface ListDeadLettersResponse {
    /** Newest first. */
    deadLetters: processing.DeadLetter[];
    /** Absent on the last page. */
    nextCursor?: string;
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

export namespace schema_discovery {
  export interface AnalyzeEntityRequest {
    entityType: string;
    /** Data source; the built-in workspace by default. */
    source?: string;
    /** Reads the database even where a schema not older than 5 minutes is at hand. */
    refresh?: boolean;
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
    fields: schema_discovery.FieldDefinition[];
    uniqueKeys: schema_discovery.UniqueKey[];
    references: schema_discovery.EntityReference[];
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
    fieldCount: number;
    estimatedRows?: number;
    comment?: string;
  }

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
    comment?: string;
  }

  /**
   * What a field's values are to an expression: how a column of any database type is seen there. `other` covers
   * types without operators of their own (json, arrays, intervals …), which read as their text.
   */
  export type FieldKind = "string" | "int" | "double" | "bool" | "timestamp" | "other";

  export interface ListEntitiesRequest {
    /** Data source; the built-in workspace by default. */
    source?: string;
    /** Keeps the entities whose name contains this text, in any case. */
    search?: string;
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

export namespace tenant_management {
  /** How a tenant's conversions run. */
  export interface ConversionConfig {
    tenantId: string;
    /** Automatic rules start conversions; `false` by default. */
    automaticConversion: boolean;
    /** Records a batch of a job, 1 to 5,000; 5,000 by default. */
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
    /** `postgres://user:password@host:port/database`, with `?sslmode=require` where the server asks for it. */
    url: string;
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
    createdBy: string;
    createdAt: string;
    updatedAt: string;
  }

  export interface DataSourcePathRequest {
    tenantId: string;
    /** Id or name. */
    source: string;
  }

  export interface DeletionReceiptRequest {
    /** As the request for deletion was answered. */
    receiptId: string;
  }

  /** An export that runs can be followed; one that is completed, downloaded. */
  export type ExportState = "running" | "completed" | "failed";

  export interface ListDataSourcesResponse {
    /** By name. A tenant has 100 at most. */
    dataSources: tenant_management.DataSource[];
  }

  export interface ListTenantExportsRequest {
    tenantId: string;
    /** 1 to 100; 20 by default. */
    limit?: number;
    /** `nextCursor` of the page before. */
    cursor?: string;
  }

  export interface ListTenantExportsResponse {
    /** Newest first. */
    exports: tenant_management.TenantExport[];
    nextCursor?: string;
  }

  /** Which notifications a tenant gets. */
  export interface NotificationSettings {
    tenantId: string;
    /** Notifications appear in the application; `true` by default. */
    inApp: boolean;
    /** All of them by default. */
    events: tenant_management.NotificationTopic[];
    /** Absent while the defaults apply. */
    updatedAt?: string;
    updatedBy?: string;
  }

  /** What a tenant can be notified of. */
  export type NotificationTopic = "conversion-failed" | "job-completed" | "job-failed" | "dead-letter";

  /** What a service removed of a tenant. */
  export interface PurgedService {
    service: string;
    /** Table → rows removed. A run that was interrupted and begun again counts what it found. */
    counts: { [key: string]: number };
    purgedAt: string;
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
  }

  export interface TestDataSourceResponse {
    reachable: boolean;
    /** Version of the server, where it was reached. */
    serverVersion?: string;
    milliseconds: number;
    /** Why it was not reached. */
    error?: string;
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
  }

  /** Settings left out keep their value. */
  export interface UpdateNotificationSettingsRequest {
    tenantId: string;
    inApp?: boolean;
    events?: tenant_management.NotificationTopic[];
  }

  /** What is left out keeps its value. */
  export interface UpdateTenantRequest {
    tenantId: string;
    slug?: string;
    name?: string;
  }
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

  export interface ListApiKeysResponse {
    apiKeys: user_management.ApiKey[];
    nextCursor?: string;
  }

  export interface ListInvitationsResponse {
    invitations: user_management.Invitation[];
    nextCursor?: string;
  }

  export interface ListMembersResponse {
    members: user_management.User[];
    nextCursor?: string;
  }

  export interface ListMyTenantsRequest {
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

  /** A page of a list. */
  export interface PageRequest {
    /** 1 to 100; 50 by default. */
    limit?: number;
    cursor?: string;
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

  export interface ListWorkspaceEntitiesResponse {
    entities: workspace.WorkspaceEntity[];
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
