-- Rows from before wait here until the service appends them to their tenants' chains.
ALTER TABLE "conversion_audit_logs" RENAME TO "earlier_audit_logs";--> statement-breakpoint
ALTER SEQUENCE "conversion_audit_logs_id_seq" RENAME TO "earlier_audit_logs_id_seq";--> statement-breakpoint
ALTER TABLE "earlier_audit_logs" RENAME CONSTRAINT "conversion_audit_logs_pkey" TO "earlier_audit_logs_pkey";--> statement-breakpoint
DROP INDEX "conversion_audit_logs_event";--> statement-breakpoint
DROP INDEX "conversion_audit_logs_source";--> statement-breakpoint
DROP INDEX "conversion_audit_logs_target";--> statement-breakpoint
DROP INDEX "conversion_audit_logs_job";--> statement-breakpoint
DROP INDEX "conversion_audit_logs_time";--> statement-breakpoint
CREATE INDEX "earlier_audit_logs_tenant" ON "earlier_audit_logs" USING btree ("tenant_id","id");--> statement-breakpoint
CREATE TABLE "audit_chains" (
	"tenant_id" text PRIMARY KEY NOT NULL,
	"sequence" bigint NOT NULL,
	"hash" text NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"signature" text NOT NULL,
	"key_id" text NOT NULL,
	"anchored_sequence" bigint DEFAULT 0 NOT NULL,
	"earlier_entries" boolean DEFAULT false NOT NULL
);
--> statement-breakpoint
INSERT INTO "audit_chains" ("tenant_id", "sequence", "hash", "recorded_at", "signature", "key_id", "earlier_entries")
SELECT DISTINCT "tenant_id", 0, repeat('0', 64), timestamptz '1970-01-01 00:00:00+00', '', '', true FROM "earlier_audit_logs";--> statement-breakpoint
ALTER TABLE "inbox" ADD COLUMN "delivery_id" text;--> statement-breakpoint
-- Entries that callers logged under an id of their own are recognised from here on.
INSERT INTO "inbox" ("subscription", "event_id")
SELECT DISTINCT 'log-audit', "event_id" FROM "earlier_audit_logs"
WHERE "timestamp" > now() - interval '30 days' ON CONFLICT DO NOTHING;--> statement-breakpoint
CREATE TABLE "audit_checkpoints" (
	"tenant_id" text PRIMARY KEY NOT NULL,
	"sequence" bigint NOT NULL,
	"hash" text NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"removed_at" timestamp (3) with time zone NOT NULL,
	"signature" text NOT NULL,
	"key_id" text NOT NULL
);
--> statement-breakpoint
ALTER TABLE "audit_checkpoints" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "tenant_isolation" ON "audit_checkpoints" AS PERMISSIVE FOR ALL TO public USING (tenant_id = (select nullif(current_setting('app.tenant_id', true), ''))) WITH CHECK (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')));--> statement-breakpoint
CREATE TABLE "generated_keys" (
	"name" text PRIMARY KEY NOT NULL,
	"value" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "conversion_audit_logs" (
	"tenant_id" text NOT NULL,
	"sequence" bigint NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"event_type" text NOT NULL,
	"rule_id" text,
	"job_id" text,
	"source_record_id" text,
	"target_record_id" text,
	"performed_by" text NOT NULL,
	"timestamp" timestamp (3) with time zone NOT NULL,
	"details" jsonb NOT NULL,
	"event_id" text NOT NULL,
	"position" integer NOT NULL,
	"correlation_id" text,
	"previous_hash" text NOT NULL,
	"hash" text NOT NULL,
	CONSTRAINT "conversion_audit_logs_tenant_id_sequence_recorded_at_pk" PRIMARY KEY("tenant_id","sequence","recorded_at")
) PARTITION BY RANGE ("recorded_at");
--> statement-breakpoint
ALTER TABLE "conversion_audit_logs" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE INDEX "conversion_audit_logs_source" ON "conversion_audit_logs" USING btree ("source_record_id","tenant_id") WHERE "conversion_audit_logs"."source_record_id" is not null;--> statement-breakpoint
CREATE INDEX "conversion_audit_logs_target" ON "conversion_audit_logs" USING btree ("target_record_id","tenant_id") WHERE "conversion_audit_logs"."target_record_id" is not null;--> statement-breakpoint
CREATE INDEX "conversion_audit_logs_job" ON "conversion_audit_logs" USING btree ("job_id","sequence") WHERE "conversion_audit_logs"."job_id" is not null;--> statement-breakpoint
CREATE INDEX "conversion_audit_logs_time" ON "conversion_audit_logs" USING btree ("tenant_id","timestamp","sequence");--> statement-breakpoint
CREATE POLICY "tenant_reads" ON "conversion_audit_logs" AS PERMISSIVE FOR SELECT TO public USING (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')));--> statement-breakpoint
CREATE POLICY "tenant_appends" ON "conversion_audit_logs" AS PERMISSIVE FOR INSERT TO public WITH CHECK (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')));--> statement-breakpoint
-- No policy lets rows be changed or removed. This says so aloud, to every role but the owner, whose functions below
-- end the life of rows.
CREATE FUNCTION refuse_audit_change() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF current_user <> (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID) THEN
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "conversion_audit_logs"
FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();--> statement-breakpoint
-- Nobody but the owner reaches a partition other than through the table: row-level security without a policy.
CREATE FUNCTION shut_audit_partition(partition regclass) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', partition);
  EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %s
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_audit_change()', partition);
END $$;--> statement-breakpoint
REVOKE EXECUTE ON FUNCTION shut_audit_partition(regclass) FROM PUBLIC;--> statement-breakpoint
CREATE TABLE "conversion_audit_logs_default" PARTITION OF "conversion_audit_logs" DEFAULT;--> statement-breakpoint
SELECT shut_audit_partition('conversion_audit_logs_default');--> statement-breakpoint
-- Makes the partitions of this month, the one before and `ahead` further ones, where they are missing. Rows of such a
-- month that the default partition took in move over. Answers with how many were made.
CREATE FUNCTION make_audit_partitions(ahead integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  this_month timestamp := date_trunc('month', now() AT TIME ZONE 'UTC');
  first_day timestamp;
  name text;
  lower_bound timestamptz;
  upper_bound timestamptz;
  made integer := 0;
BEGIN
  IF ahead NOT BETWEEN 0 AND 24 THEN
    RAISE EXCEPTION 'ahead: 0 to 24 months' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('axion audit partitions', 0));
  FOR month IN -1..ahead LOOP
    first_day := this_month + make_interval(months => month);
    name := 'conversion_audit_logs_' || to_char(first_day, 'YYYY_MM');
    CONTINUE WHEN to_regclass('public.' || name) IS NOT NULL;
    lower_bound := first_day AT TIME ZONE 'UTC';
    upper_bound := (first_day + interval '1 month') AT TIME ZONE 'UTC';
    EXECUTE format('CREATE TABLE public.%I (LIKE public.conversion_audit_logs INCLUDING CONSTRAINTS)', name);
    LOCK TABLE public.conversion_audit_logs_default IN ACCESS EXCLUSIVE MODE;
    EXECUTE format('WITH moved AS (DELETE FROM public.conversion_audit_logs_default
      WHERE recorded_at >= %L AND recorded_at < %L RETURNING *) INSERT INTO public.%I SELECT * FROM moved',
      lower_bound, upper_bound, name);
    EXECUTE format('ALTER TABLE public.conversion_audit_logs ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
      name, lower_bound, upper_bound);
    PERFORM public.shut_audit_partition(to_regclass('public.' || name));
    made := made + 1;
  END LOOP;
  RETURN made;
END $$;--> statement-breakpoint
SELECT make_audit_partitions(3);--> statement-breakpoint
-- Removes at most `most` rows of the transaction's tenant that its signed checkpoint covers. Rows of the last 29 days
-- stay, whoever asks: no plan keeps rows for less than 30.
CREATE FUNCTION remove_audit_prefix(most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  tenant text := nullif(current_setting('app.tenant_id', true), '');
  removed bigint;
BEGIN
  DELETE FROM public.conversion_audit_logs WHERE (tenant_id, sequence, recorded_at) IN (
    SELECT l.tenant_id, l.sequence, l.recorded_at FROM public.conversion_audit_logs l
    JOIN public.audit_checkpoints c ON c.tenant_id = l.tenant_id AND l.sequence <= c.sequence
    WHERE l.tenant_id = tenant AND l.recorded_at < now() - interval '29 days'
    ORDER BY l.sequence LIMIT most);
  GET DIAGNOSTICS removed = ROW_COUNT;
  RETURN removed;
END $$;--> statement-breakpoint
-- Removes at most `most` rows of the transaction's tenant, which has come to its end.
CREATE FUNCTION purge_audit_logs(most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  tenant text := nullif(current_setting('app.tenant_id', true), '');
  removed bigint;
BEGIN
  DELETE FROM public.conversion_audit_logs WHERE (tenant_id, sequence, recorded_at) IN (
    SELECT tenant_id, sequence, recorded_at FROM public.conversion_audit_logs WHERE tenant_id = tenant LIMIT most);
  GET DIAGNOSTICS removed = ROW_COUNT;
  RETURN removed;
END $$;--> statement-breakpoint
-- Drops partitions of months that ended over two months ago and are empty. Answers with how many.
CREATE FUNCTION drop_empty_audit_partitions() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  oldest text := 'conversion_audit_logs_' || to_char((now() AT TIME ZONE 'UTC') - interval '2 months', 'YYYY_MM');
  partition record;
  used boolean;
  dropped integer := 0;
BEGIN
  SET LOCAL lock_timeout = '2s';
  PERFORM pg_advisory_xact_lock(hashtextextended('axion audit partitions', 0));
  FOR partition IN
    SELECT c.oid::regclass AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'public.conversion_audit_logs'::regclass AND c.relname ~ '^conversion_audit_logs_\d{4}_\d{2}$'
      AND c.relname < oldest
  LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM %s)', partition.name) INTO used;
    CONTINUE WHEN used;
    EXECUTE format('DROP TABLE %s', partition.name);
    dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
END $$;
