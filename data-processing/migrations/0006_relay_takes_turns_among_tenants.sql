DROP INDEX "outbox_ordering_key_id";--> statement-breakpoint
CREATE INDEX "outbox_tenant_id" ON "outbox" USING btree (split_part("ordering_key", ':', 1),"id");