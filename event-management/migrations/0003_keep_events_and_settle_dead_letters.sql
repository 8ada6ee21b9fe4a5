CREATE TABLE "event_replays" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" text NOT NULL,
	"topic" text NOT NULL,
	"subscription" text NOT NULL,
	"from" timestamp (3) with time zone NOT NULL,
	"types" text[] NOT NULL,
	"started_by" text NOT NULL,
	"started_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"state" text DEFAULT 'running' NOT NULL,
	"position" bigint NOT NULL,
	"until" bigint NOT NULL,
	"delivered" integer DEFAULT 0 NOT NULL,
	"leased_until" timestamp with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "event_replays_state" CHECK ("event_replays"."state" in ('running', 'completed', 'cancelled'))
);
--> statement-breakpoint
ALTER TABLE "event_replays" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "incidents" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" text NOT NULL,
	"queue" text NOT NULL,
	"opened_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"last_failed_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"failures" integer DEFAULT 1 NOT NULL,
	"last_error" text NOT NULL,
	"closed_at" timestamp (3) with time zone
);
--> statement-breakpoint
ALTER TABLE "incidents" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "kept_events" (
	"position" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "kept_events_position_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"event_id" text NOT NULL,
	"topic" text NOT NULL,
	"type" text NOT NULL,
	"version" integer NOT NULL,
	"tenant_id" text NOT NULL,
	"user_id" text NOT NULL,
	"project_id" text,
	"correlation_id" text NOT NULL,
	"causation_id" text NOT NULL,
	"ordering_key" text NOT NULL,
	"time" timestamp (3) with time zone NOT NULL,
	"kept_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"body" jsonb NOT NULL,
	CONSTRAINT "kept_events_event_id_unique" UNIQUE("event_id")
);
--> statement-breakpoint
ALTER TABLE "kept_events" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "record_timeline" (
	"tenant_id" text NOT NULL,
	"position" bigint NOT NULL,
	"ordinal" integer NOT NULL,
	"source_entity" text,
	"source_record_id" text,
	"target_entity" text,
	"target_record_id" text,
	"details" jsonb NOT NULL,
	CONSTRAINT "record_timeline_tenant_id_position_ordinal_pk" PRIMARY KEY("tenant_id","position","ordinal")
);
--> statement-breakpoint
ALTER TABLE "record_timeline" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "dead_letters" ADD COLUMN "event_id" text;--> statement-breakpoint
ALTER TABLE "dead_letters" ADD COLUMN "correlation_id" text;--> statement-breakpoint
ALTER TABLE "dead_letters" ADD COLUMN "edited_event" jsonb;--> statement-breakpoint
ALTER TABLE "dead_letters" ADD COLUMN "state" text DEFAULT 'open' NOT NULL;--> statement-breakpoint
ALTER TABLE "dead_letters" ADD COLUMN "replays" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "dead_letters" ADD COLUMN "replayed_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "dead_letters" ADD COLUMN "settled_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "dead_letters" ADD COLUMN "settled_by" text;--> statement-breakpoint
ALTER TABLE "dead_letters" ADD COLUMN "discard_reason" text;--> statement-breakpoint
ALTER TABLE "inbox" ADD COLUMN "delivery_id" text;--> statement-breakpoint
CREATE INDEX "event_replays_tenant" ON "event_replays" USING btree ("tenant_id","started_at","id");--> statement-breakpoint
CREATE INDEX "event_replays_running" ON "event_replays" USING btree ("leased_until") WHERE "event_replays"."state" = 'running';--> statement-breakpoint
CREATE UNIQUE INDEX "incidents_open" ON "incidents" USING btree ("tenant_id","queue") WHERE "incidents"."closed_at" is null;--> statement-breakpoint
CREATE INDEX "incidents_tenant_opened" ON "incidents" USING btree ("tenant_id","opened_at","id");--> statement-breakpoint
CREATE INDEX "kept_events_tenant" ON "kept_events" USING btree ("tenant_id","position");--> statement-breakpoint
CREATE INDEX "kept_events_type" ON "kept_events" USING btree ("tenant_id","type","position");--> statement-breakpoint
CREATE INDEX "kept_events_time" ON "kept_events" USING btree ("tenant_id","time");--> statement-breakpoint
CREATE INDEX "kept_events_correlation" ON "kept_events" USING btree ("correlation_id","tenant_id");--> statement-breakpoint
CREATE INDEX "record_timeline_source" ON "record_timeline" USING btree ("source_record_id","tenant_id","position");--> statement-breakpoint
CREATE INDEX "record_timeline_target" ON "record_timeline" USING btree ("target_record_id","tenant_id","position");--> statement-breakpoint
CREATE INDEX "dead_letters_waiting" ON "dead_letters" USING btree ("tenant_id","service") WHERE "dead_letters"."state" in ('open', 'replaying');--> statement-breakpoint
CREATE INDEX "dead_letters_event" ON "dead_letters" USING btree ("tenant_id","event_id","subscription");--> statement-breakpoint
ALTER TABLE "dead_letters" ADD CONSTRAINT "dead_letters_state" CHECK ("dead_letters"."state" in ('open', 'replaying', 'resolved', 'discarded'));--> statement-breakpoint
CREATE POLICY "tenant_isolation" ON "event_replays" AS PERMISSIVE FOR ALL TO public USING (tenant_id = (select nullif(current_setting('app.tenant_id', true), ''))) WITH CHECK (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')));--> statement-breakpoint
CREATE POLICY "event_keeping" ON "event_replays" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('app.event_keeping', true)) = 'on') WITH CHECK ((select current_setting('app.event_keeping', true)) = 'on');--> statement-breakpoint
CREATE POLICY "tenant_isolation" ON "incidents" AS PERMISSIVE FOR ALL TO public USING (tenant_id = (select nullif(current_setting('app.tenant_id', true), ''))) WITH CHECK (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')));--> statement-breakpoint
CREATE POLICY "tenant_isolation" ON "kept_events" AS PERMISSIVE FOR ALL TO public USING (tenant_id = (select nullif(current_setting('app.tenant_id', true), ''))) WITH CHECK (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')));--> statement-breakpoint
CREATE POLICY "event_keeping" ON "kept_events" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('app.event_keeping', true)) = 'on') WITH CHECK ((select current_setting('app.event_keeping', true)) = 'on');--> statement-breakpoint
CREATE POLICY "tenant_isolation" ON "record_timeline" AS PERMISSIVE FOR ALL TO public USING (tenant_id = (select nullif(current_setting('app.tenant_id', true), ''))) WITH CHECK (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')));--> statement-breakpoint
CREATE POLICY "event_keeping" ON "record_timeline" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('app.event_keeping', true)) = 'on') WITH CHECK ((select current_setting('app.event_keeping', true)) = 'on');--> statement-breakpoint
UPDATE "dead_letters" SET "event_id" = "event"->>'eventId', "correlation_id" = "event"->>'correlationId';--> statement-breakpoint
INSERT INTO "incidents" ("id", "tenant_id", "queue", "opened_at", "last_failed_at", "failures", "last_error")
SELECT gen_random_uuid(), "tenant_id", "service" || '-dlq', min("failed_at"), max("failed_at"), count(*), (array_agg("error" ORDER BY "failed_at" DESC))[1]
FROM "dead_letters" GROUP BY "tenant_id", "service";
