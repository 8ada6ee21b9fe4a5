import postgres from "postgres";
import type { MeasuredApp } from "./measured-app.ts";

/**
 * Fills the databases with tenants whose members each have an account and a session, two API keys a tenant, and
 * settings, as sign-up would have left them.
 */
export async function seedTenants(
  app: MeasuredApp,
  { tenants, membersEach }: { tenants: number; membersEach: number },
): Promise<void> {
  await withDatabase(app, "user_management", async (sql) => {
    await sql`
      insert into organizations (id, name, slug)
      select 'tenant-' || t, 'Tenant ' || t, 'tenant-' || t from generate_series(1, ${tenants}::int) t`;
    await sql`
      insert into people (id, name, email, email_verified)
      select 'person-' || p, 'Person ' || p, 'person-' || p || '@example.com', true
      from generate_series(1, ${tenants * membersEach}::int) p`;
    await sql`
      insert into accounts (id, account_id, provider_id, person_id, password)
      select 'account-' || id, id, 'credential', id, repeat('0', 161) from people where id like 'person-%'`;
    await sql`
      insert into members (id, tenant_id, person_id, role)
      select 'member-' || p, 'tenant-' || (1 + (p - 1) / ${membersEach}::int), 'person-' || p,
             (array['viewer', 'admin', 'editor', 'operator', 'auditor'])[1 + p % 5]
      from generate_series(1, ${tenants * membersEach}::int) p`;
    await sql`
      insert into sessions (id, token, person_id, expires_at, active_organization_id)
      select 'session-' || id, md5(id), person_id, now() + interval '7 days', tenant_id from members
      where id like 'member-%'`;
    await sql`
      insert into api_keys (id, name, key, person_id, tenant_id, permissions)
      select 'key-' || m.id, 'key', md5('key' || m.id), m.person_id, m.tenant_id, '{"axion":["schema:read"]}'
      from members m where m.id like 'member-%' and substr(m.id, 8)::int % ${membersEach}::int < 2`;
  });
  await withDatabase(app, "tenant_management", async (sql) => {
    await sql`
      insert into tenants (id, slug, name, plan)
      select 'tenant-' || t, 'tenant-' || t, 'Tenant ' || t, 'team' from generate_series(1, ${tenants}::int) t`;
    await sql`
      insert into tenant_slugs (slug, tenant_id)
      select slug, id from tenants where id like 'tenant-%'`;
    await sql`
      insert into conversion_configs (tenant_id, automatic_conversion, batch_size, max_concurrent_jobs, updated_by)
      select id, true, 500, 2, 'seed' from tenants where id like 'tenant-%'`;
  });
}

async function withDatabase(
  app: MeasuredApp,
  database: string,
  work: (sql: postgres.Sql) => Promise<void>,
): Promise<void> {
  const sql = postgres(await app.connectionString(database), { max: 1, onnotice: () => {} });
  try {
    await work(sql);
    await sql`vacuum analyze`;
  } finally {
    await sql.end({ timeout: 5 });
  }
}
