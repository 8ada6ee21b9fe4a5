import type { NotificationPriority } from "../../../shared/events/types.js";
import type { NotificationSettings } from "../../../tenant-management/types.js";
import type { EffectivePreferences, NotificationOverrides } from "../types.js";
import type { Notifiable } from "./notifiable.js";

/** Channels that people read; webhooks are for programs and follow their own settings. */
export type PersonalChannel = "inApp" | "email";

const ranks: Record<NotificationPriority, number> = { low: 0, normal: 1, high: 2 };

/** The tenant's settings with what a member wants otherwise. */
export function effectivePreferences(
  settings: NotificationSettings,
  overrides: NotificationOverrides = {},
): EffectivePreferences {
  const { inApp, email, events, ruleIds, minimumPriority, digest, digestHour, timeZone, language } = settings;
  const { quietHours: ownHours, ...own } = overrides;
  const quietHours = ownHours === undefined ? settings.quietHours : (ownHours ?? undefined);
  return {
    ...{ inApp, email, events, ruleIds, minimumPriority, digest, digestHour, timeZone, language },
    ...own,
    ...(quietHours === undefined ? {} : { quietHours }),
  };
}

/** The priority that the event has in this tenant. */
export function priorityIn(settings: NotificationSettings, notifiable: Notifiable): NotificationPriority {
  const own = settingsOf(settings, notifiable);
  return own.priority ?? notifiable.priority;
}

/** Whether the event is to be told in a channel: to a member with these overrides, or to one without any. */
export function isWanted(
  settings: NotificationSettings,
  notifiable: Notifiable,
  channel: PersonalChannel,
  overrides: NotificationOverrides = {},
): boolean {
  const { events, ruleIds, minimumPriority } = effectivePreferences(settings, overrides);
  const own = settingsOf(settings, notifiable);
  const open = overrides[channel] ?? own[channel] ?? settings[channel];
  return (
    open &&
    includesEvent(events, notifiable) &&
    concernsRule(overrides.ruleIds ?? own.ruleIds ?? ruleIds, notifiable) &&
    ranks[priorityIn(settings, notifiable)] >= ranks[minimumPriority]
  );
}

/** Whether a list of event types names the event, by its category or its type, or all events. */
export function includesEvent(eventTypes: string[], { names }: Notifiable): boolean {
  return eventTypes.includes("*") || names.some((name) => eventTypes.includes(name));
}

/** Whether the event is of one of these rules, or of none; no rules stand for all. */
export function concernsRule(ruleIds: string[], { ruleId }: Notifiable): boolean {
  return ruleIds.length === 0 || ruleId === undefined || ruleIds.includes(ruleId);
}

function settingsOf(settings: NotificationSettings, { names }: Notifiable) {
  const { eventSettings } = settings;
  const name = names.find((candidate) => Object.hasOwn(eventSettings, candidate));
  return name === undefined ? {} : eventSettings[name]!;
}
