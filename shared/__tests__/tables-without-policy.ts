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
  "tenant_management.deletion_queue": "tenants whose purge comes due: ids only",
  "tenant_management.export_queue":
    "exports of all tenants that wait or run: ids only; the exports themselves have a policy",
  "tenant_management.tenant_slugs": "read to find a tenant before it is known; holds public names only",
};
