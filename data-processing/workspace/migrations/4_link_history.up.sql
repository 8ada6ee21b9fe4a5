-- Finds who else made or changed a target record.
CREATE INDEX links_target ON axion.links (tenant_id, target_entity, target_key);

-- Links that were: overwritten by a later conversion of the same record, or undone. Undoing a conversion brings the one
-- before it back.
CREATE TABLE axion.link_history (
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
  -- The job or call that undid it; null for one that was overwritten.
  undone_by uuid,
  PRIMARY KEY (tenant_id, rule_id, source_entity, source_key, part, id)
);
ALTER TABLE axion.link_history ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON axion.link_history
  USING (tenant_id = (SELECT axion.current_tenant()))
  WITH CHECK (tenant_id = (SELECT axion.current_tenant()));
GRANT SELECT, INSERT, UPDATE, DELETE ON axion.link_history TO PUBLIC;
