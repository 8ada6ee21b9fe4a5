-- Removes all that the transaction's tenant has in the workspace: its schema with every entity. Answers with how many
-- entities there were. The links are removed beforehand, in parts, by the application.
CREATE FUNCTION axion.drop_tenant() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  tenant text := axion.current_tenant();
  removed integer;
BEGIN
  IF tenant IS NULL THEN
    PERFORM axion.refuse('no tenant is set');
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('axion workspace ' || tenant, 0));
  EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', axion.tenant_schema(tenant));
  DELETE FROM axion.entities WHERE tenant_id = tenant;
  GET DIAGNOSTICS removed = ROW_COUNT;
  RETURN removed;
END $$;
