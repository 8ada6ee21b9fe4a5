DROP POLICY "tenant_isolation" ON "users" CASCADE;--> statement-breakpoint
DROP TABLE "users" CASCADE;