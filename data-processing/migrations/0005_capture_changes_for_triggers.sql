CREATE TABLE "trigger_feeds" (
	"tenant_id" text NOT NULL,
	"source" text NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	CONSTRAINT "trigger_feeds_tenant_id_source_pk" PRIMARY KEY("tenant_id","source")
);
--> statement-breakpoint
CREATE TABLE "trigger_queue" (
	"run_id" bigint PRIMARY KEY NOT NULL,
	"tenant_id" text NOT NULL,
	"rule_id" uuid NOT NULL,
	"record_hash" uuid NOT NULL,
	"due_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "trigger_runs" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "trigger_runs_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"tenant_id" text NOT NULL,
	"rule_id" uuid NOT NULL,
	"source" text NOT NULL,
	"entity" text NOT NULL,
	"source_record_id" text NOT NULL,
	"change_id" text NOT NULL,
	"operation" text NOT NULL,
	"chain" jsonb NOT NULL,
	"state" text DEFAULT 'queued' NOT NULL,
	"outcome" text,
	"target_record_id" text,
	"attempts" integer DEFAULT 0 NOT NULL,
	"reason" text,
	"message" text,
	"changed_at" timestamp with time zone NOT NULL,
	"queued_at" timestamp with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp with time zone,
	CONSTRAINT "trigger_runs_change" UNIQUE("tenant_id","source","change_id","rule_id"),
	CONSTRAINT "trigger_runs_state" CHECK ("trigger_runs"."state" in ('queued', 'completed', 'failed', 'stopped', 'discarded'))
);
--> statement-breakpoint
ALTER TABLE "trigger_runs" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "trigger_sources" (
	"tenant_id" text NOT NULL,
	"source" text NOT NULL,
	"state" text DEFAULT 'starting' NOT NULL,
	"mode" text,
	"reason" text,
	"entities" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"slot" text,
	"publication" text,
	"position" text,
	"started_at" timestamp with time zone,
	"last_change_at" timestamp with time zone,
	"error" text,
	"failing_since" timestamp with time zone,
	"warned_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "trigger_sources_tenant_id_source_pk" PRIMARY KEY("tenant_id","source"),
	CONSTRAINT "trigger_sources_state" CHECK ("trigger_sources"."state" in ('starting', 'running', 'failing', 'stopped')),
	CONSTRAINT "trigger_sources_mode" CHECK ("trigger_sources"."mode" in ('capture', 'replication', 'polling'))
);
--> statement-breakpoint
ALTER TABLE "trigger_sources" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "trigger_tenants" (
	"tenant_id" text PRIMARY KEY NOT NULL,
	"due_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "trigger_watermarks" (
	"tenant_id" text NOT NULL,
	"source" text NOT NULL,
	"entity" text NOT NULL,
	"field" text NOT NULL,
	"value" text NOT NULL,
	"seen" jsonb DEFAULT '{}'::jsonb NOT NULL,
	CONSTRAINT "trigger_watermarks_tenant_id_source_entity_pk" PRIMARY KEY("tenant_id","source","entity")
);
--> statement-breakpoint
ALTER TABLE "trigger_watermarks" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "trigger_queue" ADD CONSTRAINT "trigger_queue_run_id_trigger_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."trigger_runs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "trigger_queue_tenant" ON "trigger_queue" USING btree ("tenant_id","run_id");--> statement-breakpoint
CREATE INDEX "trigger_queue_record" ON "trigger_queue" USING btree ("rule_id","record_hash","run_id");--> statement-breakpoint
CREATE INDEX "trigger_runs_tenant" ON "trigger_runs" USING btree ("tenant_id","id");--> statement-breakpoint
CREATE INDEX "trigger_runs_finished" ON "trigger_runs" USING btree ("tenant_id","finished_at");--> statement-breakpoint
CREATE INDEX "trigger_tenants_due" ON "trigger_tenants" USING btree ("due_at");--> statement-breakpoint
CREATE POLICY "tenant_isolation" ON "trigger_runs" AS PERMISSIVE FOR ALL TO public USING (tenant_id = (select nullif(current_setting('app.tenant_id', true), ''))) WITH CHECK (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')));--> statement-breakpoint
CREATE POLICY "tenant_isolation" ON "trigger_sources" AS PERMISSIVE FOR ALL TO public USING (tenant_id = (select nullif(current_setting('app.tenant_id', true), ''))) WITH CHECK (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')));--> statement-breakpoint
CREATE POLICY "tenant_isolation" ON "trigger_watermarks" AS PERMISSIVE FOR ALL TO public USING (tenant_id = (select nullif(current_setting('app.tenant_id', true), ''))) WITH CHECK (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')));--> statement-breakpoint
CREATE FUNCTION "note_automatic_rule"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.trigger_mode = 'automatic' OR (TG_OP = 'UPDATE' AND OLD.trigger_mode = 'automatic') THEN
    INSERT INTO trigger_tenants (tenant_id) VALUES (NEW.tenant_id) ON CONFLICT (tenant_id) DO UPDATE SET due_at = now();
    PERFORM pg_notify('axion_triggers', '');
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER "note_automatic_rule" AFTER INSERT OR UPDATE OF "state", "latest_version", "trigger_mode" ON "rules"
  FOR EACH ROW EXECUTE FUNCTION "note_automatic_rule"();
--> statement-breakpoint
INSERT INTO "trigger_tenants" ("tenant_id") SELECT DISTINCT "tenant_id" FROM "rules" WHERE "trigger_mode" = 'automatic' AND "state" = 'active' ON CONFLICT DO NOTHING;
