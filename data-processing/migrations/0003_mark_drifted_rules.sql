CREATE TABLE "drift_checks" (
	"tenant_id" text PRIMARY KEY NOT NULL,
	"due_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "rules" ADD COLUMN "problems" jsonb;--> statement-breakpoint
ALTER TABLE "rules" ADD COLUMN "drifted_at" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "drift_checks_due" ON "drift_checks" USING btree ("due_at");--> statement-breakpoint
INSERT INTO "drift_checks" ("tenant_id") SELECT DISTINCT "tenant_id" FROM "schema_snapshots" ON CONFLICT DO NOTHING;
