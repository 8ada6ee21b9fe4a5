/**
 * Tables that row-level security does not cover, and why. A name without a database counts in each; with one
 * (`database.table`) in that alone.
 */
export const tablesWithoutPolicy: Record<string, string> = {
  outbox: "read by the service's relay for all tenants at once; reachable through no endpoint",
  inbox: "ids of handled events and nothing of a tenant",
  generated_keys: "keys of the service itself, on a developer's machine",
  "data_processing.job_queue":
    "jobs of all tenants that wait for a worker: ids only; the jobs themselves have a policy",
  "data_processing.drift_checks": "tenants whose rules are compared with live schemas: ids only",
  "data_processing.trigger_queue":
    "started conversions of all tenants that wait: ids only; the runs have a policy",
  "data_processing.trigger_tenants": "tenants whose automatic rules are looked at: ids only",
  "data_processing.trigger_feeds": "data sources of all tenants whose changes are read: names only",
  "data_processing.execution_journal": "executions of single records that are under way: ids only",
  "data_processing.write_back_journal": "batches that write back to another database: ids only",
  "projects.work_queue":
    "generations and deployments of all tenants that wait for a worker: ids only; they themselves have a policy",
  "tenant_management.deletion_queue": "tenants whose purge comes due: ids only",
  "tenant_management.export_queue":
    "exports of all tenants that wait or run: ids only; the exports themselves have a policy",
  "tenant_management.tenant_slugs": "read to find a tenant before it is known; holds public names only",
  "user_management.people":
    "read to find out who signs in, before a tenant is known; a person may belong to several",
  "user_management.sessions": "read to find out who calls and in which tenant",
  "user_management.accounts": "belong to a person, not to a tenant",
  "user_management.verifications": "belong to a person, not to a tenant",
  "user_management.two_factors": "belong to a person, not to a tenant",
  "user_management.jwks": "keys of the service itself",
  "user_management.auth_rate_limits": "counters of the sign-in routes, before anyone is known",
  "user_management.sign_in_failures": "counted before anyone is known; holds digests only",
  "user_management.organizations": "read to find a person's tenants before one is chosen; holds names only",
  "user_management.members": "read to find out whether a person belongs to a tenant before it is entered",
  "user_management.invitations": "read by the invited person, who is not in the tenant yet",
  "user_management.api_keys": "read by a key's digest to find out which tenant it opens",
  "user_management.api_key_addresses": "written while a key is verified; reachable through no endpoint",
  "user_management.pending_tenants": "work of the service over all tenants; reachable through no endpoint",
  "audit_logs.audit_chains":
    "ends of all tenants' chains, anchored together: numbers and digests; a caller reaches the own tenant's alone",
  "api_gateway.request_counts": "one statement counts for callers of many tenants; a row tells a number",
};
