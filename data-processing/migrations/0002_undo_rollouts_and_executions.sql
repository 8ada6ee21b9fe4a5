CREATE TABLE "executions" (
	"tenant_id" text NOT NULL,
	"idempotency_key" text NOT NULL,
	"rule_id" uuid NOT NULL,
	"source_record_id" text NOT NULL,
	"answer" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "executions_tenant_id_idempotency_key_pk" PRIMARY KEY("tenant_id","idempotency_key")
);
--> statement-breakpoint
ALTER TABLE "executions" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "rule_rollouts" (
	"tenant_id" text NOT NULL,
	"rule_id" uuid NOT NULL,
	"new_version" integer NOT NULL,
	"old_version" integer NOT NULL,
	"percent" integer NOT NULL,
	"state" text DEFAULT 'running' NOT NULL,
	"started_by" text NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"changed_by" text NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "rule_rollouts_rule_id_new_version_pk" PRIMARY KEY("rule_id","new_version"),
	CONSTRAINT "rule_rollouts_percent" CHECK ("rule_rollouts"."percent" between 0 and 100),
	CONSTRAINT "rule_rollouts_state" CHECK ("rule_rollouts"."state" in ('running', 'finished', 'aborted'))
);
--> statement-breakpoint
ALTER TABLE "rule_rollouts" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "kind" text DEFAULT 'convert' NOT NULL;--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "undo_of" uuid;--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "force" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "dry_run" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "rule_rollouts" ADD CONSTRAINT "rule_rollouts_new_version" FOREIGN KEY ("rule_id","new_version") REFERENCES "public"."rule_versions"("rule_id","version") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rule_rollouts" ADD CONSTRAINT "rule_rollouts_old_version" FOREIGN KEY ("rule_id","old_version") REFERENCES "public"."rule_versions"("rule_id","version") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "executions_created" ON "executions" USING btree ("tenant_id","created_at");--> statement-breakpoint
ALTER TABLE "jobs" ADD CONSTRAINT "jobs_undo_of" FOREIGN KEY ("undo_of") REFERENCES "public"."jobs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "jobs_undo_of" ON "jobs" USING btree ("undo_of");--> statement-breakpoint
ALTER TABLE "jobs" ADD CONSTRAINT "jobs_kind" CHECK ("jobs"."kind" in ('convert', 'undo'));--> statement-breakpoint
CREATE POLICY "tenant_isolation" ON "executions" AS PERMISSIVE FOR ALL TO public USING (tenant_id = (select nullif(current_setting('app.tenant_id', true), ''))) WITH CHECK (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')));--> statement-breakpoint
CREATE POLICY "tenant_isolation" ON "rule_rollouts" AS PERMISSIVE FOR ALL TO public USING (tenant_id = (select nullif(current_setting('app.tenant_id', true), ''))) WITH CHECK (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')));