import type { MailLanguage, MailTemplate } from "../../../shared/events/types.js";

/**
 * `pending`: waits for its next attempt. `sent`: a mail server took it. `kept`: no mail server is configured.
 * `failed`: it was refused, or given up after too many attempts.
 */
export type MailState = "pending" | "sent" | "kept" | "failed";

/** Mails that tell of events: one, or several together. */
export type NotificationMail = "notification" | "digest";

export interface ListMailsRequest {
  state?: MailState;
  /** `createdAt`, with `-` before it for falling order; `-createdAt` by default. */
  sort?: string;
  /** 1 to 200; 50 by default. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

/** What became of a mail that the tenant caused. */
export interface MailStatus {
  id: string;
  to: string;
  template: MailTemplate | NotificationMail;
  language: MailLanguage;
  state: MailState;
  /** Times that it was handed to the mail server. */
  attempts: number;
  /** Why the last attempt failed. */
  lastError?: string;
  createdAt: Date;
  sentAt?: Date;
}

export interface ListMailsResponse {
  /** Newest first. */
  mails: MailStatus[];
  /** Absent on the last page. */
  nextCursor?: string;
}

export interface ListDevelopmentMailsRequest {
  /** The address that the mails were sent to, in any case. */
  to?: string;
  /** `createdAt`, with `-` before it for falling order; `-createdAt` by default. */
  sort?: string;
  /** 1 to 200; 50 by default. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

/** A mail as its reader sees it. */
export interface DevelopmentMail {
  id: string;
  to: string;
  subject: string;
  text: string;
  template: MailTemplate | NotificationMail;
  /** The links in the text, in their order. */
  links: string[];
  state: MailState;
  createdAt: Date;
}

export interface ListDevelopmentMailsResponse {
  /** Newest first. */
  mails: DevelopmentMail[];
  /** Absent on the last page. */
  nextCursor?: string;
}

export interface ListWaitingMailsRequest {
  /** `dueAt` or `createdAt`, with `-` before it for falling order; `dueAt` by default. */
  sort?: string;
  /** 1 to 200; 50 by default. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

/** Something that an address is to be told and that waits: for the end of quiet hours, or for a digest. */
export interface WaitingMail {
  id: string;
  to: string;
  eventType: string;
  subject: string;
  /** When it is due. What is due for one address at the same time becomes one mail. */
  dueAt: Date;
  createdAt: Date;
}

export interface ListWaitingMailsResponse {
  /** What is due first, first. */
  waiting: WaitingMail[];
  /** Absent on the last page. */
  nextCursor?: string;
}
