import type { NotificationSettings } from "../../../tenant-management/types.js";
import type { EffectivePreferences, NotificationOverrides } from "../types.js";
import { effectivePreferences, isWanted, type PersonalChannel } from "./effective-preferences.js";
import type { Notifiable } from "./notifiable.js";

/** A member of the tenant. */
export interface TenantMember {
  id: string;
  email: string;
  role: string;
}

/** What decides who is told of an event. */
export interface AudienceSources {
  settings: NotificationSettings;
  /** What members want otherwise, by user id. */
  overrides: Map<string, NotificationOverrides>;
  /** Asked only where it must be known who the members are. */
  members: () => Promise<TenantMember[]>;
}

/** Members that a notification in the application is for; undefined: nobody. */
export interface InAppAudience {
  /** Absent: every member but those excluded. */
  recipients?: string[];
  excluded: string[];
}

/** Who sees the event in the application. */
export async function inAppAudience(
  sources: AudienceSources,
  notifiable: Notifiable,
): Promise<InAppAudience | undefined> {
  const { settings, overrides } = sources;
  if (notifiable.ownersOnly) return listed((await owners(sources)).map(({ id }) => id));
  const { base, willing, unwilling } = opinions(sources, notifiable, "inApp");
  if (isForEveryone(settings)) return base ? { excluded: unwilling } : listed(willing);
  const eager = willing.filter((userId) => overrides.get(userId)?.inApp === true);
  if (!base && willing.length === 0) return undefined;
  const chosen = await chosenIds(sources);
  const told = chosen.filter((userId) => willing.includes(userId) || (base && !unwilling.includes(userId)));
  return listed([...told, ...eager]);
}

/** An address that a mail goes to, and how. */
export interface MailRecipient {
  address: string;
  preferences: EffectivePreferences;
}

const mostMails = 1_000;

/** Who gets a mail of the event; 1,000 at most. */
export async function mailAudience(
  sources: AudienceSources,
  notifiable: Notifiable,
): Promise<MailRecipient[]> {
  const { settings, overrides } = sources;
  const toMember = ({ id, email }: TenantMember) => ({
    address: email,
    preferences: effectivePreferences(settings, overrides.get(id)),
  });
  if (notifiable.ownersOnly) return (await owners(sources)).map(toMember);
  const { base, willing, unwilling } = opinions(sources, notifiable, "email");
  if (!base && willing.length === 0) return [];
  const members = await sources.members();
  const isChosen = chooser(settings);
  const told = members.filter((member) =>
    overrides.has(member.id)
      ? willing.includes(member.id) && (isChosen(member) || overrides.get(member.id)?.email === true)
      : base && isChosen(member) && !unwilling.includes(member.id),
  );
  const addresses = base ? settings.recipients.addresses : [];
  const known = new Set(told.map(({ email }) => email.toLowerCase()));
  const others = addresses
    .filter((address) => !known.has(address))
    .map((address) => ({ address, preferences: effectivePreferences(settings) }));
  return [...told.map(toMember), ...others].slice(0, mostMails);
}

/** What those without overrides get, and which of those with some want it and which do not. */
function opinions(sources: AudienceSources, notifiable: Notifiable, channel: PersonalChannel) {
  const { settings, overrides } = sources;
  const willing: string[] = [];
  const unwilling: string[] = [];
  for (const [userId, own] of overrides) {
    (isWanted(settings, notifiable, channel, own) ? willing : unwilling).push(userId);
  }
  return { base: isWanted(settings, notifiable, channel), willing, unwilling };
}

function isForEveryone({ recipients }: NotificationSettings): boolean {
  return recipients.roles.length === 0 && recipients.userIds.length === 0;
}

/** Where only addresses are given, mails go to these alone. */
function chooser(settings: NotificationSettings): (member: TenantMember) => boolean {
  const { roles, userIds, addresses } = settings.recipients;
  const everyone = isForEveryone(settings) && addresses.length === 0;
  return ({ id, role }) => everyone || roles.includes(role) || userIds.includes(id);
}

async function chosenIds({ settings, members }: AudienceSources): Promise<string[]> {
  const { roles, userIds } = settings.recipients;
  if (roles.length === 0) return userIds;
  return (await members()).filter(chooser(settings)).map(({ id }) => id);
}

async function owners({ members }: AudienceSources): Promise<TenantMember[]> {
  return (await members()).filter(({ role }) => role === "owner");
}

function listed(userIds: string[]): InAppAudience | undefined {
  const recipients = [...new Set(userIds)];
  return recipients.length === 0 ? undefined : { recipients, excluded: [] };
}
