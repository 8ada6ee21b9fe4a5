ALTER TABLE "data_sources" ADD COLUMN "tls" text DEFAULT 'prefer' NOT NULL;--> statement-breakpoint
ALTER TABLE "data_sources" ADD COLUMN "ca_certificate" text;--> statement-breakpoint
ALTER TABLE "data_sources" ADD COLUMN "pooled" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "data_sources" ADD COLUMN "read_only" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "data_sources" ADD COLUMN "statement_timeout_ms" integer DEFAULT 60000 NOT NULL;--> statement-breakpoint
ALTER TABLE "data_sources" ADD CONSTRAINT "data_sources_tls" CHECK ("data_sources"."tls" in ('disable', 'prefer', 'require', 'verify-full'));--> statement-breakpoint
ALTER TABLE "data_sources" ADD CONSTRAINT "data_sources_statement_timeout_ms" CHECK ("data_sources"."statement_timeout_ms" between 1000 and 600000);