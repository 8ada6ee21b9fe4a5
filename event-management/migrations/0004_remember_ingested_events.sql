CREATE TABLE "ingested_events" (
	"tenant_id" text NOT NULL,
	"key" text NOT NULL,
	"content_hash" text NOT NULL,
	"event_id" uuid NOT NULL,
	"received_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "ingested_events_tenant_id_key_pk" PRIMARY KEY("tenant_id","key")
);
--> statement-breakpoint
ALTER TABLE "ingested_events" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE INDEX "ingested_events_tenant_received" ON "ingested_events" USING btree ("tenant_id","received_at");--> statement-breakpoint
CREATE POLICY "tenant_isolation" ON "ingested_events" AS PERMISSIVE FOR ALL TO public USING (tenant_id = (select nullif(current_setting('app.tenant_id', true), ''))) WITH CHECK (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')));