CREATE TABLE "deletion_queue" (
	"tenant_id" text PRIMARY KEY NOT NULL,
	"due_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "export_queue" (
	"export_id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" text NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"lease_ends_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "inbox" (
	"subscription" text NOT NULL,
	"event_id" text NOT NULL,
	"handled_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "inbox_subscription_event_id_pk" PRIMARY KEY("subscription","event_id")
);
--> statement-breakpoint
CREATE TABLE "tenant_deletions" (
	"tenant_id" text PRIMARY KEY NOT NULL,
	"receipt_secret" uuid DEFAULT gen_random_uuid() NOT NULL,
	"requested_by" text NOT NULL,
	"requested_at" timestamp with time zone DEFAULT now() NOT NULL,
	"purge_at" timestamp with time zone NOT NULL,
	"purge_started_at" timestamp with time zone,
	"completed_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "tenant_deletions" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "tenant_exports" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"tenant_id" text NOT NULL,
	"state" text DEFAULT 'running' NOT NULL,
	"section" integer DEFAULT 0 NOT NULL,
	"cursor" text,
	"parts" integer DEFAULT 0 NOT NULL,
	"items" integer DEFAULT 0 NOT NULL,
	"error" text,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp with time zone,
	CONSTRAINT "tenant_exports_state" CHECK ("tenant_exports"."state" in ('running', 'completed', 'failed'))
);
--> statement-breakpoint
ALTER TABLE "tenant_exports" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "tenant_purges" (
	"tenant_id" text NOT NULL,
	"service" text NOT NULL,
	"counts" jsonb NOT NULL,
	"purged_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "tenant_purges_tenant_id_service_pk" PRIMARY KEY("tenant_id","service")
);
--> statement-breakpoint
ALTER TABLE "tenant_purges" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "conversion_configs" DROP CONSTRAINT "conversion_configs_batch_size";--> statement-breakpoint
ALTER TABLE "tenants" ADD COLUMN "owner_id" text;--> statement-breakpoint
ALTER TABLE "tenants" ADD COLUMN "cors_origins" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "tenants" ADD COLUMN "purge_at" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "deletion_queue_due" ON "deletion_queue" USING btree ("due_at");--> statement-breakpoint
CREATE INDEX "inbox_handled_at" ON "inbox" USING btree ("handled_at");--> statement-breakpoint
CREATE INDEX "tenant_exports_tenant" ON "tenant_exports" USING btree ("tenant_id","created_at","id");--> statement-breakpoint
ALTER TABLE "conversion_configs" ADD CONSTRAINT "conversion_configs_batch_size" CHECK ("conversion_configs"."batch_size" between 1 and 5000);--> statement-breakpoint
CREATE POLICY "tenant_isolation" ON "tenant_deletions" AS PERMISSIVE FOR ALL TO public USING (tenant_id = (select nullif(current_setting('app.tenant_id', true), ''))) WITH CHECK (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')));--> statement-breakpoint
CREATE POLICY "tenant_isolation" ON "tenant_exports" AS PERMISSIVE FOR ALL TO public USING (tenant_id = (select nullif(current_setting('app.tenant_id', true), ''))) WITH CHECK (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')));--> statement-breakpoint
CREATE POLICY "tenant_isolation" ON "tenant_purges" AS PERMISSIVE FOR ALL TO public USING (tenant_id = (select nullif(current_setting('app.tenant_id', true), ''))) WITH CHECK (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')));