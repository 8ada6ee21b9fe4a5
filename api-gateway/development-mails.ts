import { api } from "encore.dev/api";
import { event_management } from "~encore/clients";
import type {
  ListDevelopmentMailsRequest,
  ListDevelopmentMailsResponse,
} from "../event-management/notifications/mail/types.js";

/** The mailbox of local development: all mails, newest first, whether a mail server took them or not. */
export const listDevelopmentMails = api(
  { method: "GET", path: "/api/v1/development/mails", expose: true },
  async (request: ListDevelopmentMailsRequest): Promise<ListDevelopmentMailsResponse> =>
    event_management.listDevelopmentMails(request),
);
