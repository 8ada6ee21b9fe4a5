ALTER TABLE "notification_settings" ADD COLUMN "email" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "notification_settings" ADD COLUMN "rule_ids" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "notification_settings" ADD COLUMN "recipients" jsonb DEFAULT '{"roles":[],"userIds":[],"addresses":[]}' NOT NULL;--> statement-breakpoint
ALTER TABLE "notification_settings" ADD COLUMN "minimum_priority" text DEFAULT 'low' NOT NULL;--> statement-breakpoint
ALTER TABLE "notification_settings" ADD COLUMN "event_settings" jsonb DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "notification_settings" ADD COLUMN "quiet_hours" jsonb;--> statement-breakpoint
ALTER TABLE "notification_settings" ADD COLUMN "digest" text DEFAULT 'off' NOT NULL;--> statement-breakpoint
ALTER TABLE "notification_settings" ADD COLUMN "digest_hour" integer DEFAULT 8 NOT NULL;--> statement-breakpoint
ALTER TABLE "notification_settings" ADD COLUMN "time_zone" text DEFAULT 'UTC' NOT NULL;--> statement-breakpoint
ALTER TABLE "notification_settings" ADD COLUMN "language" text DEFAULT 'en' NOT NULL;--> statement-breakpoint
ALTER TABLE "notification_settings" ADD CONSTRAINT "notification_settings_digest" CHECK ("notification_settings"."digest" in ('off', 'hourly', 'daily'));--> statement-breakpoint
ALTER TABLE "notification_settings" ADD CONSTRAINT "notification_settings_digest_hour" CHECK ("notification_settings"."digest_hour" between 0 and 23);