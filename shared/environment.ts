import { appMeta } from "encore.dev";

/**
 * Whether the app runs on a developer's machine or in a test: the only places where keys may be generated
 * and mails can be read without an account. Anything called production, and anything in a cloud, is not.
 */
export function isLocalDevelopment(): boolean {
  const { cloud, type } = appMeta().environment;
  return cloud === "local" && (type === "development" || type === "test");
}
