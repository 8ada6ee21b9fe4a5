CREATE TABLE "write_back_journal" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"tenant_id" text NOT NULL,
	"rule_id" uuid NOT NULL,
	"rule_version" integer NOT NULL,
	"begun_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "rules" DROP CONSTRAINT "rules_state";--> statement-breakpoint
ALTER TABLE "rules" ADD COLUMN "revision" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
CREATE INDEX "write_back_journal_begun" ON "write_back_journal" USING btree ("begun_at");--> statement-breakpoint
ALTER TABLE "rules" ADD CONSTRAINT "rules_state" CHECK ("rules"."state" in ('draft', 'active', 'retired'));