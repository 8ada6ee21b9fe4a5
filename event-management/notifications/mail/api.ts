import { APIError, api } from "encore.dev/api";
import { isLocalDevelopment } from "../../../shared/environment.js";
import { requireIdentity } from "../../../shared/tenancy/identity.js";
import { db } from "../../db.js";
import * as domain from "./domain/list-mails.js";
import { listWaitingMails as listWaiting } from "./domain/list-waiting-mails.js";
import type {
  ListDevelopmentMailsRequest,
  ListDevelopmentMailsResponse,
  ListMailsRequest,
  ListMailsResponse,
  ListWaitingMailsRequest,
  ListWaitingMailsResponse,
} from "./types.js";

/** What became of the mails that the tenant caused, newest first. */
export const listMails = api(
  { method: "GET", path: "/notifications/mails", expose: false, auth: true },
  async (request: ListMailsRequest): Promise<ListMailsResponse> =>
    domain.listMails(db, requireIdentity().tenantId, request),
);

/** What is to be told by mail and waits for its time, what is due first, first. */
export const listWaitingMails = api(
  { method: "GET", path: "/notifications/mails/waiting", expose: false, auth: true },
  async (request: ListWaitingMailsRequest): Promise<ListWaitingMailsResponse> =>
    listWaiting(db, requireIdentity().tenantId, request),
);

/** All mails as their readers see them, newest first. Exists in local development only. */
export const listDevelopmentMails = api(
  { method: "GET", path: "/development/mails", expose: false },
  async (request: ListDevelopmentMailsRequest): Promise<ListDevelopmentMailsResponse> => {
    if (!isLocalDevelopment()) throw APIError.notFound("There is a mailbox in local development only.");
    return await domain.listDevelopmentMails(db, request);
  },
);
