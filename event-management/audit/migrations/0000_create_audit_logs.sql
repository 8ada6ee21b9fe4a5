CREATE TABLE "conversion_audit_logs" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "conversion_audit_logs_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"tenant_id" text NOT NULL,
	"event_type" text NOT NULL,
	"rule_id" text,
	"job_id" text,
	"source_record_id" text,
	"target_record_id" text,
	"performed_by" text NOT NULL,
	"timestamp" timestamp with time zone NOT NULL,
	"details" jsonb NOT NULL,
	"event_id" text NOT NULL,
	"position" integer NOT NULL,
	"correlation_id" text
);
--> statement-breakpoint
ALTER TABLE "conversion_audit_logs" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "inbox" (
	"subscription" text NOT NULL,
	"event_id" text NOT NULL,
	"handled_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "inbox_subscription_event_id_pk" PRIMARY KEY("subscription","event_id")
);
--> statement-breakpoint
CREATE UNIQUE INDEX "conversion_audit_logs_event" ON "conversion_audit_logs" USING btree ("event_id","position");--> statement-breakpoint
CREATE INDEX "conversion_audit_logs_source" ON "conversion_audit_logs" USING btree ("source_record_id","tenant_id") WHERE "conversion_audit_logs"."source_record_id" is not null;--> statement-breakpoint
CREATE INDEX "conversion_audit_logs_target" ON "conversion_audit_logs" USING btree ("target_record_id","tenant_id") WHERE "conversion_audit_logs"."target_record_id" is not null;--> statement-breakpoint
CREATE INDEX "conversion_audit_logs_job" ON "conversion_audit_logs" USING btree ("job_id","id") WHERE "conversion_audit_logs"."job_id" is not null;--> statement-breakpoint
CREATE INDEX "conversion_audit_logs_time" ON "conversion_audit_logs" USING btree ("tenant_id","timestamp","id");--> statement-breakpoint
CREATE INDEX "inbox_handled_at" ON "inbox" USING btree ("handled_at");--> statement-breakpoint
CREATE POLICY "tenant_isolation" ON "conversion_audit_logs" AS PERMISSIVE FOR ALL TO public USING (tenant_id = (select nullif(current_setting('app.tenant_id', true), ''))) WITH CHECK (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')));