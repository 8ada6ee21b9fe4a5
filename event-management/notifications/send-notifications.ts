import { tenant_management } from "~encore/clients";
import { handleOnce } from "../../shared/events/inbox.js";
import { systemIdentity } from "../../shared/tenancy/identity.js";
import { systemTenantId } from "../../shared/tenancy/system-tenant.js";
import { withTenant } from "../../shared/tenancy/with-tenant.js";
import { db } from "../db.js";
import { type AudienceSources, inAppAudience, mailAudience } from "./domain/audience.js";
import { FreshCache } from "./domain/fresh-cache.js";
import { createNotification } from "./domain/in-app.js";
import { type AnyEvent, type Notifiable, notifiableOf } from "./domain/notifiable.js";
import { overridesOf } from "./domain/preferences.js";
import { sideBySide } from "./domain/side-by-side.js";
import { addMailItems } from "./mail/domain/mail-items.js";
import { wakeMailComposer } from "./mail/send-mails.js";
import { membersOf } from "./members.js";
import { enqueueWebhooks, wantingWebhooks, webhookChoices } from "./webhooks/domain/enqueue-webhooks.js";
import { wakeWebhooks } from "./webhooks/send-webhooks.js";

const settings = new FreshCache((tenantId) =>
  tenant_management.getNotificationSettings({ tenantId }, { authData: systemIdentity(tenantId) }),
);
const overrides = new FreshCache((tenantId) => withTenant(db, tenantId, (tx) => overridesOf(tx, tenantId)));
const webhooks = new FreshCache((tenantId) => withTenant(db, tenantId, (tx) => webhookChoices(tx, tenantId)));

/** Events that come in floods: settings may be a second older than they are. */
const floods = new Set(["entity-converted", "records-converted", "event-ingested"]);
const floodSlackMs = 1_000;

/** The name under which inboxes keep that a channel has handled an event. */
const subscription = (channel: string) => `send-notifications/${channel}`;

/**
 * Tells people and programs of an event, as settings have it: in the application, by mail and by webhook, each once.
 * Channels go side by side, each in a transaction of its own: where one fails, the others have done their part, and the
 * next delivery of the event is for that one alone. Throws what the channels threw.
 */
export async function sendNotifications(event: AnyEvent): Promise<void> {
  const { tenantId } = event;
  // Nobody belongs to what belongs to no tenant.
  if (tenantId === systemTenantId) return;
  const notifiable = notifiableOf(event);
  if (notifiable === undefined) return;
  const since = Date.parse(event.time) - (floods.has(event.type) ? floodSlackMs : 0);
  await sideBySide({
    "in-app": () => notifyInApp(notifiable, since),
    email: () => mailOf(notifiable, since),
    webhook: () => postOf(notifiable, since),
  });
}

/** What decides who is told of an event that happened at `since`. */
export async function audienceSources(tenantId: string, since: number): Promise<AudienceSources> {
  const [tenantSettings, ownSettings] = await Promise.all([
    settings.get(tenantId, since),
    overrides.get(tenantId, since),
  ]);
  return { settings: tenantSettings, overrides: ownSettings, members: () => membersOf(tenantId) };
}

async function notifyInApp(notifiable: Notifiable, since: number): Promise<void> {
  const { tenantId, eventId } = notifiable.envelope;
  const sources = await audienceSources(tenantId, since);
  const audience = await inAppAudience(sources, notifiable);
  if (audience === undefined) return;
  const cause = notifiable.envelope;
  await handleOnce(db, { subscription: subscription("in-app"), eventId, tenantId }, async (tx) => {
    await createNotification(tx, { settings: sources.settings, notifiable, audience, cause });
  });
}

async function mailOf(notifiable: Notifiable, since: number): Promise<void> {
  const { tenantId, eventId } = notifiable.envelope;
  const sources = await audienceSources(tenantId, since);
  const recipients = await mailAudience(sources, notifiable);
  if (recipients.length === 0) return;
  const request = { settings: sources.settings, notifiable, recipients, now: new Date() };
  const added = await handleOnce(db, { subscription: subscription("email"), eventId, tenantId }, (tx) =>
    addMailItems(tx, request),
  );
  if (added) wakeMailComposer();
}

async function postOf(notifiable: Notifiable, since: number): Promise<void> {
  const { tenantId, eventId } = notifiable.envelope;
  const wanting = wantingWebhooks(await webhooks.get(tenantId, since), notifiable);
  if (wanting.length === 0) return;
  const request = { notifiable, webhooks: wanting, now: new Date() };
  const queued = await handleOnce(db, { subscription: subscription("webhook"), eventId, tenantId }, (tx) =>
    enqueueWebhooks(tx, request),
  );
  if (queued) wakeWebhooks();
}
