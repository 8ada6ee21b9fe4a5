CREATE TABLE "shadow_differences" (
	"tenant_id" text NOT NULL,
	"run_id" uuid NOT NULL,
	"place" integer NOT NULL,
	"kind" text NOT NULL,
	"source_record_id" text NOT NULL,
	"old_outcome" jsonb NOT NULL,
	"new_outcome" jsonb NOT NULL,
	"fields" jsonb NOT NULL,
	CONSTRAINT "shadow_differences_run_id_place_pk" PRIMARY KEY("run_id","place")
);
--> statement-breakpoint
ALTER TABLE "shadow_differences" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "shadow_runs" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"tenant_id" text NOT NULL,
	"job_id" uuid,
	"old_rule" jsonb NOT NULL,
	"new_rule" jsonb NOT NULL,
	"data_source" text NOT NULL,
	"source_entity" text NOT NULL,
	"filter" text,
	"limit" integer,
	"compared" bigint DEFAULT 0 NOT NULL,
	"filtered" bigint DEFAULT 0 NOT NULL,
	"identical" bigint DEFAULT 0 NOT NULL,
	"different" bigint DEFAULT 0 NOT NULL,
	"old_effects" jsonb NOT NULL,
	"new_effects" jsonb NOT NULL,
	"fields" jsonb NOT NULL,
	"effects" jsonb NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "shadow_runs" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "jobs" DROP CONSTRAINT "jobs_kind";--> statement-breakpoint
ALTER TABLE "shadow_differences" ADD CONSTRAINT "shadow_differences_run_id_shadow_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."shadow_runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "shadow_runs" ADD CONSTRAINT "shadow_runs_job_id_jobs_id_fk" FOREIGN KEY ("job_id") REFERENCES "public"."jobs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "shadow_runs_tenant_created" ON "shadow_runs" USING btree ("tenant_id","created_at","id");--> statement-breakpoint
CREATE INDEX "shadow_runs_job" ON "shadow_runs" USING btree ("job_id");--> statement-breakpoint
ALTER TABLE "jobs" ADD CONSTRAINT "jobs_kind" CHECK ("jobs"."kind" in ('convert', 'undo', 'shadow'));--> statement-breakpoint
CREATE POLICY "tenant_isolation" ON "shadow_differences" AS PERMISSIVE FOR ALL TO public USING (tenant_id = (select nullif(current_setting('app.tenant_id', true), ''))) WITH CHECK (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')));--> statement-breakpoint
CREATE POLICY "tenant_isolation" ON "shadow_runs" AS PERMISSIVE FOR ALL TO public USING (tenant_id = (select nullif(current_setting('app.tenant_id', true), ''))) WITH CHECK (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')));