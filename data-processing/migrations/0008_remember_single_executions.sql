CREATE TABLE "execution_journal" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" text NOT NULL,
	"rule_id" uuid NOT NULL,
	"rule_version" integer NOT NULL,
	"source_record_id" text NOT NULL,
	"conversion_type" text NOT NULL,
	"performed_by" text NOT NULL,
	"begun_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE INDEX "execution_journal_begun" ON "execution_journal" USING btree ("begun_at");