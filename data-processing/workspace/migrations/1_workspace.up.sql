-- The built-in workspace: one schema for each tenant, made by functions that run with the rights of the owner, since
-- the application's own role may create nothing. Everything a tenant owns is bound to `app.tenant_id`.

CREATE SCHEMA axion;
GRANT USAGE ON SCHEMA axion TO PUBLIC;

-- The tenant of the running transaction; null where none is set.
CREATE FUNCTION axion.current_tenant() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$ SELECT nullif(current_setting('app.tenant_id', true), '') $$;

-- Name of a tenant's schema. Ids that are no plain identifiers are hashed.
CREATE FUNCTION axion.tenant_schema(tenant text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT CASE WHEN tenant ~ '^[a-z0-9_]{1,50}$' THEN 'tenant_' || tenant ELSE 'tenanth_' || md5(tenant) END
$$;

-- What each tenant's entities were defined as.
CREATE TABLE axion.entities (
  tenant_id text NOT NULL,
  name text NOT NULL,
  definition jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, name)
);
ALTER TABLE axion.entities ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON axion.entities FOR SELECT USING (tenant_id = axion.current_tenant());
GRANT SELECT ON axion.entities TO PUBLIC;

-- Source record → target record, written in the transaction that writes the target record. A second conversion of
-- the same values finds the link and writes nothing.
CREATE TABLE axion.links (
  tenant_id text NOT NULL,
  rule_id uuid NOT NULL,
  -- Data source and entity: `workspace/cities`.
  source_entity text NOT NULL,
  source_key text NOT NULL,
  target_entity text NOT NULL,
  target_key text NOT NULL,
  rule_version integer NOT NULL,
  job_id uuid,
  -- 'create' or 'update': what the conversion did to the target.
  action text NOT NULL,
  -- Digest of the values that the rule computed from the source record.
  source_hash uuid NOT NULL,
  -- The target record before the conversion; null where it was created.
  before_image jsonb,
  -- Digest of the target record after the conversion.
  after_hash uuid,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, rule_id, source_entity, source_key)
);
ALTER TABLE axion.links ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON axion.links
  USING (tenant_id = (SELECT axion.current_tenant()))
  WITH CHECK (tenant_id = (SELECT axion.current_tenant()));
GRANT SELECT, INSERT, UPDATE, DELETE ON axion.links TO PUBLIC;

-- The column type of a field definition. Refuses anything but the listed types.
CREATE FUNCTION axion.field_type(field jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  kind text := field->>'type';
  digits integer := (field->>'precision')::integer;
  scale integer := coalesce((field->>'scale')::integer, 0);
BEGIN
  IF kind = 'numeric' AND digits IS NOT NULL THEN
    IF digits NOT BETWEEN 1 AND 1000 OR scale NOT BETWEEN 0 AND digits THEN
      RAISE EXCEPTION 'numeric(%, %) is out of bounds', digits, scale USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN format('numeric(%s, %s)', digits, scale);
  END IF;
  RETURN CASE kind
    WHEN 'text' THEN 'text' WHEN 'integer' THEN 'integer' WHEN 'bigint' THEN 'bigint' WHEN 'numeric' THEN 'numeric'
    WHEN 'double' THEN 'double precision' WHEN 'boolean' THEN 'boolean' WHEN 'date' THEN 'date'
    WHEN 'timestamptz' THEN 'timestamptz' WHEN 'uuid' THEN 'uuid' WHEN 'jsonb' THEN 'jsonb'
    ELSE axion.refuse(format('unknown field type %s', kind))
  END;
END $$;

CREATE FUNCTION axion.refuse(message text) RETURNS text
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$ BEGIN RAISE EXCEPTION '%', message USING ERRCODE = 'invalid_parameter_value'; END $$;

-- Refuses what is not a plain identifier of at most 63 characters, and answers with it otherwise.
CREATE FUNCTION axion.identifier(name text) RETURNS text
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $$ SELECT CASE WHEN name ~ '^[A-Za-z_][A-Za-z0-9_]{0,62}$' THEN name ELSE axion.refuse(format('bad name %L', name)) END $$;

-- Makes the schema of the transaction's tenant, if need be, and lets the calling role use it.
CREATE FUNCTION axion.ensure_tenant_schema() RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  tenant text := axion.current_tenant();
  name text := axion.tenant_schema(tenant);
BEGIN
  IF tenant IS NULL THEN
    PERFORM axion.refuse('no tenant is set');
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('axion workspace ' || tenant, 0));
  IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = name) THEN
    EXECUTE format('CREATE SCHEMA %I', name);
  END IF;
  -- Also where the database has moved to another host, whose role is another one.
  IF NOT has_schema_privilege(session_user, name, 'USAGE') THEN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', name, session_user);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO %I', name, session_user);
  END IF;
  RETURN name;
END $$;

-- Makes an entity of the transaction's tenant: a table of that name. Answers with true where it was made, false where
-- it was there with the same definition, and null where it was there with another.
CREATE FUNCTION axion.create_entity(definition jsonb) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  tenant text := axion.current_tenant();
  home text := axion.ensure_tenant_schema();
  entity text := axion.identifier(definition->>'name');
  known jsonb;
  columns text;
  keys text;
  field jsonb;
BEGIN
  SELECT e.definition INTO known FROM axion.entities e WHERE e.tenant_id = tenant AND e.name = entity;
  IF known IS NOT NULL THEN
    RETURN CASE WHEN known = definition THEN false END;
  END IF;
  IF jsonb_array_length(definition->'fields') NOT BETWEEN 1 AND 500 THEN
    PERFORM axion.refuse('an entity has 1 to 500 fields');
  END IF;

  SELECT string_agg(
      format('%I %s', axion.identifier(f.value->>'name'), axion.field_type(f.value))
        || CASE WHEN (f.value->>'required')::boolean THEN ' NOT NULL' ELSE '' END
        || CASE WHEN (f.value->>'unique')::boolean THEN ' UNIQUE' ELSE '' END,
      ', ' ORDER BY f.ordinality)
    INTO columns
    FROM jsonb_array_elements(definition->'fields') WITH ORDINALITY f;
  SELECT string_agg(format('%I', axion.identifier(k.value)), ', ' ORDER BY k.ordinality)
    INTO keys
    FROM jsonb_array_elements_text(definition->'primaryKey') WITH ORDINALITY k;

  EXECUTE format('CREATE TABLE %I.%I (%s, PRIMARY KEY (%s))', home, entity, columns, keys);
  IF definition->>'comment' IS NOT NULL THEN
    EXECUTE format('COMMENT ON TABLE %I.%I IS %L', home, entity, definition->>'comment');
  END IF;
  FOR field IN SELECT f.value FROM jsonb_array_elements(definition->'fields') f WHERE f.value->>'comment' IS NOT NULL LOOP
    EXECUTE format('COMMENT ON COLUMN %I.%I.%I IS %L', home, entity, field->>'name', field->>'comment');
  END LOOP;
  EXECUTE format('ALTER TABLE %I.%I ENABLE ROW LEVEL SECURITY', home, entity);
  EXECUTE format(
    'CREATE POLICY tenant_isolation ON %I.%I USING ((SELECT axion.current_tenant() = %L)) WITH CHECK ((SELECT axion.current_tenant() = %L))',
    home, entity, tenant, tenant);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I.%I TO %I', home, entity, session_user);
  INSERT INTO axion.entities (tenant_id, name, definition) VALUES (tenant, entity, definition);
  RETURN true;
END $$;
