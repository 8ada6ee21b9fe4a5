import { vi } from "vitest";
import { event_management } from "~encore/clients";
import type { MailTemplate } from "../../../shared/events/types.js";

/** The newest mail of a template to an address, once it has come. */
export async function mailTo(
  to: string,
  template: MailTemplate,
): Promise<{ subject: string; links: string[] }> {
  return await vi.waitFor(
    async () => {
      const { mails } = await event_management.listDevelopmentMails({ to });
      const mail = mails.find((each) => each.template === template);
      if (mail === undefined) throw new Error(`no mail ${template} to ${to}`);
      return mail;
    },
    { timeout: 20_000, interval: 50 },
  );
}

/** Waits until the tenant's audit log holds an entry for each of the actions. */
export async function auditedActions(
  authData: { userID: string; tenantId: string; permissions: string[] },
  ...actions: string[]
): Promise<string[]> {
  return await vi.waitFor(
    async () => {
      const { entries } = await event_management.listAuditEntries({ limit: 100 }, { authData });
      const found = entries.map(({ eventType }) => eventType);
      const missing = actions.filter((action) => !found.includes(action));
      if (missing.length > 0) throw new Error(`not audited: ${missing.join(", ")}; but ${found.join(", ")}`);
      return found;
    },
    { timeout: 20_000, interval: 50 },
  );
}
