CREATE TABLE "idempotent_requests" (
	"tenant_id" text NOT NULL,
	"key_hash" text NOT NULL,
	"fingerprint" text NOT NULL,
	"state" text DEFAULT 'running' NOT NULL,
	"run" uuid NOT NULL,
	"lease_until" timestamp with time zone NOT NULL,
	"answer" text,
	"expires_at" timestamp with time zone NOT NULL,
	CONSTRAINT "idempotent_requests_tenant_id_key_hash_pk" PRIMARY KEY("tenant_id","key_hash"),
	CONSTRAINT "idempotent_requests_state" CHECK ("idempotent_requests"."state" in ('running', 'done'))
);
--> statement-breakpoint
ALTER TABLE "idempotent_requests" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE UNLOGGED TABLE "request_counts" (
	"key" text PRIMARY KEY NOT NULL,
	"used" bigint NOT NULL,
	"resets_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE INDEX "idempotent_requests_expires_at" ON "idempotent_requests" USING btree ("tenant_id","expires_at");--> statement-breakpoint
CREATE INDEX "request_counts_resets_at" ON "request_counts" USING btree ("resets_at");--> statement-breakpoint
CREATE POLICY "tenant_isolation" ON "idempotent_requests" AS PERMISSIVE FOR ALL TO public USING (tenant_id = (select nullif(current_setting('app.tenant_id', true), ''))) WITH CHECK (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')));