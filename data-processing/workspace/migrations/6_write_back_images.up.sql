-- What write-backs overwrote on records of this database, so that undoing a conversion restores it. Written in the
-- transaction that sets the fields.
CREATE TABLE axion.write_back_images (
  id bigint GENERATED ALWAYS AS IDENTITY,
  tenant_id text NOT NULL,
  rule_id uuid NOT NULL,
  source_entity text NOT NULL,
  source_key text NOT NULL,
  -- When the conversion wrote its target: the time of its links.
  converted_at timestamptz NOT NULL,
  -- The fields that were set, by name: as they were, and as the database took them.
  before_image jsonb NOT NULL,
  after_image jsonb NOT NULL,
  undone_by uuid,
  PRIMARY KEY (tenant_id, rule_id, source_entity, source_key, id)
);
ALTER TABLE axion.write_back_images ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON axion.write_back_images
  USING (tenant_id = (SELECT axion.current_tenant()))
  WITH CHECK (tenant_id = (SELECT axion.current_tenant()));
GRANT SELECT, INSERT, UPDATE, DELETE ON axion.write_back_images TO PUBLIC;

-- Records of another database that are to get back what write-backs overwrote there. Written in the transaction that
-- undoes the conversion of the target, removed once it is done.
CREATE TABLE axion.write_back_undos (
  tenant_id text NOT NULL,
  rule_id uuid NOT NULL,
  source_entity text NOT NULL,
  source_key text NOT NULL,
  undo_id uuid NOT NULL,
  -- The conversions that are undone: those of this time.
  since timestamptz NOT NULL,
  until timestamptz NOT NULL,
  force boolean NOT NULL,
  -- Why the source refused it.
  error text,
  PRIMARY KEY (tenant_id, rule_id, source_entity, source_key)
);
ALTER TABLE axion.write_back_undos ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON axion.write_back_undos
  USING (tenant_id = (SELECT axion.current_tenant()))
  WITH CHECK (tenant_id = (SELECT axion.current_tenant()));
GRANT SELECT, INSERT, UPDATE, DELETE ON axion.write_back_undos TO PUBLIC;
