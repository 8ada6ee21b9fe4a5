-- A rule makes several records of one source record: `part` names the related record, and is empty for the rule's target.
ALTER TABLE axion.links ADD COLUMN part text NOT NULL DEFAULT '';
ALTER TABLE axion.links DROP CONSTRAINT links_pkey,
  ADD CONSTRAINT links_pkey PRIMARY KEY (tenant_id, rule_id, source_entity, source_key, part);

-- What conversions into this database have still to set on records of another one. Written in the transaction that
-- writes the target records, removed once it is applied.
CREATE TABLE axion.write_backs (
  tenant_id text NOT NULL,
  rule_id uuid NOT NULL,
  source_entity text NOT NULL,
  source_key text NOT NULL,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  fields jsonb NOT NULL,
  -- Why the source refused it.
  error text,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, rule_id, source_entity, source_key)
);
ALTER TABLE axion.write_backs ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON axion.write_backs
  USING (tenant_id = (SELECT axion.current_tenant()))
  WITH CHECK (tenant_id = (SELECT axion.current_tenant()));
GRANT SELECT, INSERT, UPDATE, DELETE ON axion.write_backs TO PUBLIC;

-- Which of them were applied to records of this database, so that none is applied twice.
CREATE TABLE axion.applied_write_backs (
  tenant_id text NOT NULL,
  rule_id uuid NOT NULL,
  source_entity text NOT NULL,
  source_key text NOT NULL,
  id uuid NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, rule_id, source_entity, source_key)
);
ALTER TABLE axion.applied_write_backs ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON axion.applied_write_backs
  USING (tenant_id = (SELECT axion.current_tenant()))
  WITH CHECK (tenant_id = (SELECT axion.current_tenant()));
GRANT SELECT, INSERT, UPDATE, DELETE ON axion.applied_write_backs TO PUBLIC;
