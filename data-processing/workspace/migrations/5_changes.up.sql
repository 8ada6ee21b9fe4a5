-- Inserts and updates of the entities that automatic rules stand on, written in the transaction that makes them. A row is
-- removed once the rules that it starts are on record.
CREATE TABLE axion.changes (
  tenant_id text NOT NULL,
  id bigint GENERATED ALWAYS AS IDENTITY,
  entity text NOT NULL,
  -- 'insert' or 'update'.
  operation text NOT NULL,
  old_record jsonb,
  new_record jsonb NOT NULL,
  -- Rules whose writes led to the change, first cause first, with commas between them.
  chain text NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (tenant_id, id)
);
ALTER TABLE axion.changes ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON axion.changes
  USING (tenant_id = (SELECT axion.current_tenant()))
  WITH CHECK (tenant_id = (SELECT axion.current_tenant()));
GRANT SELECT, DELETE ON axion.changes TO PUBLIC;

-- Notes the change of a row of the tenant that is the trigger's argument.
CREATE FUNCTION axion.note_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  INSERT INTO axion.changes (tenant_id, entity, operation, old_record, new_record, chain)
  VALUES (TG_ARGV[0], TG_TABLE_NAME, lower(TG_OP), CASE WHEN TG_OP = 'UPDATE' THEN to_jsonb(OLD) END, to_jsonb(NEW),
    coalesce(current_setting('axion.chain', true), ''));
  PERFORM pg_notify('axion_changes', '');
  RETURN NULL;
END $$;

-- Notes changes of exactly these entities of the transaction's tenant from now on. Answers with those that there are.
CREATE FUNCTION axion.watch_entities(names text[]) RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  tenant text := axion.current_tenant();
  home text := axion.tenant_schema(tenant);
  entity record;
  watched text[] := '{}';
BEGIN
  IF tenant IS NULL THEN
    PERFORM axion.refuse('no tenant is set');
  END IF;
  FOR entity IN
    SELECT c.relname::text AS name, c.relname = ANY (names) AS wanted,
      EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'axion_note_insert') AS noted
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = home AND c.relkind = 'r' ORDER BY c.relname
  LOOP
    IF entity.wanted AND NOT entity.noted THEN
      EXECUTE format(
        'CREATE TRIGGER axion_note_insert AFTER INSERT ON %I.%I FOR EACH ROW EXECUTE FUNCTION axion.note_change(%L)',
        home, entity.name, tenant);
      EXECUTE format(
        'CREATE TRIGGER axion_note_update AFTER UPDATE ON %I.%I FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION axion.note_change(%L)',
        home, entity.name, tenant);
    ELSIF entity.noted AND NOT entity.wanted THEN
      EXECUTE format('DROP TRIGGER axion_note_insert ON %I.%I', home, entity.name);
      EXECUTE format('DROP TRIGGER axion_note_update ON %I.%I', home, entity.name);
    END IF;
    IF entity.wanted THEN
      watched := watched || entity.name;
    END IF;
  END LOOP;
  RETURN watched;
END $$;

-- Tenants with changes that are not read yet, at most so many after `last`.
CREATE FUNCTION axion.tenants_with_changes(last text, most integer) RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
  WITH RECURSIVE found(tenant_id, place) AS (
    SELECT (SELECT min(c.tenant_id) FROM axion.changes c WHERE c.tenant_id > last), 1
    UNION ALL
    SELECT (SELECT min(c.tenant_id) FROM axion.changes c WHERE c.tenant_id > f.tenant_id), f.place + 1
    FROM found f WHERE f.tenant_id IS NOT NULL AND f.place < most
  )
  SELECT tenant_id FROM found WHERE tenant_id IS NOT NULL
$$;
