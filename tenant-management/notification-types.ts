import type { MailLanguage, NotificationPriority } from "../shared/events/types.js";

/** Who is told. Without roles and users, every member is; mails go to the addresses alone, where only those are given. */
export interface NotificationRecipients {
  /** Members with one of these roles. */
  roles: string[];
  /** These members. */
  userIds: string[];
  /** Addresses that get mails beside the members. At most 20. */
  addresses: string[];
}

/** Who is told from now on. Lists left out are empty. */
export interface SetNotificationRecipients {
  roles?: string[];
  userIds?: string[];
  addresses?: string[];
}

/** Mails that would come within these hours come at their end. */
export interface QuietHours {
  /** `HH:MM`; where it is after the end, the hours pass midnight. */
  start: string;
  end: string;
  /** IANA name; the settings' own time zone by default. */
  timeZone?: string;
  /** Holds back mails of high priority too; `false` by default. */
  evenHighPriority?: boolean;
}

/** `off`: each notification is a mail of its own. Otherwise they come together, at the full hour or once a day. */
export type DigestMode = "off" | "hourly" | "daily";

/** How one event type differs from the rest. What is absent is as for the others. */
export interface EventNotificationSettings {
  inApp?: boolean;
  email?: boolean;
  /** Replaces the priority that the event would have. */
  priority?: NotificationPriority;
  /** Only events of these rules. */
  ruleIds?: string[];
}

/** Which notifications a tenant gets, where and when. */
export interface NotificationSettings {
  tenantId: string;
  /** Notifications appear in the application; `true` by default. */
  inApp: boolean;
  /** Notifications are mailed; `false` by default. */
  email: boolean;
  /** Event types; `*` stands for all. By default failures, ends of jobs, drifted rules and incidents. */
  events: string[];
  /** Only events of these rules, and those that have no rule; of all where it is empty. */
  ruleIds: string[];
  recipients: NotificationRecipients;
  /** What is below is not told; `low` by default, so everything is. */
  minimumPriority: NotificationPriority;
  /** Event type → how it differs. */
  eventSettings: Record<string, EventNotificationSettings>;
  /** Absent: none. */
  quietHours?: QuietHours;
  digest: DigestMode;
  /** Hour of the daily digest, 0 to 23; 8 by default. */
  digestHour: number;
  /** IANA name; `UTC` by default. */
  timeZone: string;
  language: MailLanguage;
  /** Absent while the defaults apply. */
  updatedAt?: Date;
  updatedBy?: string;
}

/** Settings left out keep their value. */
export interface UpdateNotificationSettingsRequest {
  tenantId: string;
  inApp?: boolean;
  email?: boolean;
  events?: string[];
  ruleIds?: string[];
  recipients?: SetNotificationRecipients;
  minimumPriority?: NotificationPriority;
  /** Replaces the whole map. */
  eventSettings?: Record<string, EventNotificationSettings>;
  /** `null`: none. */
  quietHours?: QuietHours | null;
  digest?: DigestMode;
  digestHour?: number;
  timeZone?: string;
  language?: MailLanguage;
}
