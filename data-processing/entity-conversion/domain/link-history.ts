/** Columns of a link beside those that say which it is; the same in its history. */
const facts =
  "target_entity, target_key, rule_version, job_id, action, source_hash, before_image, after_hash, created_at, updated_at";

/** Columns that say which link it is. */
const identity = "tenant_id, rule_id, source_entity, source_key, part";

/** All columns of a link, which its history has too. */
export const linkColumns = `${identity}, ${facts}`;

/** All columns of a link, of a table by its alias. */
export function linkColumnsOf(alias: string): string {
  return linkColumns
    .split(", ")
    .map((name) => `${alias}.${name}`)
    .join(", ");
}

/** The table of links that were overwritten or undone, for a tenant's own database. The workspace has it from its migrations. */
export const linkHistoryTable = `
  CREATE INDEX IF NOT EXISTS links_target ON axion.links (tenant_id, target_entity, target_key);
  CREATE TABLE IF NOT EXISTS axion.link_history (
    id bigint GENERATED ALWAYS AS IDENTITY,
    tenant_id text NOT NULL,
    rule_id uuid NOT NULL,
    source_entity text NOT NULL,
    source_key text NOT NULL,
    part text NOT NULL,
    target_entity text NOT NULL,
    target_key text NOT NULL,
    rule_version integer NOT NULL,
    job_id uuid,
    action text NOT NULL,
    source_hash uuid NOT NULL,
    before_image jsonb,
    after_hash uuid,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    undone_by uuid,
    PRIMARY KEY (tenant_id, rule_id, source_entity, source_key, part, id)
  )`;
