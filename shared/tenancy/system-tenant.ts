/**
 * Stands in an event's envelope where something belongs to no tenant: a person's own account, a sign-in that
 * failed. No organization has this id, so that row-level security keeps such rows from every tenant.
 */
export const systemTenantId = "system";
