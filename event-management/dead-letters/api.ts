import { api } from "encore.dev/api";
import { requireIdentity } from "../../shared/tenancy/identity.js";
import { db } from "../db.js";
import * as incidents from "./domain/incidents.js";
import * as listing from "./domain/list-dead-letters.js";
import * as settling from "./domain/settle-dead-letters.js";
import type {
  DeadLetter,
  DeadLetterRequest,
  DiscardDeadLetterRequest,
  EditDeadLetterRequest,
  ListDeadLettersRequest,
  ListDeadLettersResponse,
  ListIncidentsRequest,
  ListIncidentsResponse,
  ReplayDeadLettersRequest,
  ReplayDeadLettersResponse,
} from "./types.js";

/** Events that a subscription gave up on, newest first. */
export const listDeadLetters = api(
  { method: "GET", path: "/dead-letters", expose: false, auth: true },
  async (request: ListDeadLettersRequest): Promise<ListDeadLettersResponse> =>
    listing.listDeadLetters(db, requireIdentity().tenantId, request),
);

/** One event that a subscription gave up on. */
export const getDeadLetter = api(
  { method: "GET", path: "/dead-letters/:id", expose: false, auth: true },
  async ({ id }: DeadLetterRequest): Promise<DeadLetter> =>
    listing.getDeadLetter(db, requireIdentity().tenantId, id),
);

/** Replaces what an event tells before it is replayed. */
export const editDeadLetter = api(
  { method: "PUT", path: "/dead-letters/:id/event", expose: false, auth: true },
  async (request: EditDeadLetterRequest): Promise<DeadLetter> =>
    settling.editDeadLetter(db, requireIdentity(), request),
);

/** Delivers an event to the subscription that gave it up, again. */
export const replayDeadLetter = api(
  { method: "POST", path: "/dead-letters/:id/replay", expose: false, auth: true },
  async ({ id }: DeadLetterRequest): Promise<DeadLetter> =>
    settling.replayDeadLetter(db, requireIdentity(), id),
);

/** Delivers all open dead letters of a kind again. */
export const replayDeadLetters = api(
  { method: "POST", path: "/dead-letters/replay", expose: false, auth: true },
  async (request: ReplayDeadLettersRequest): Promise<ReplayDeadLettersResponse> =>
    settling.replayDeadLetters(db, requireIdentity(), request),
);

/** Gives an event up for good. */
export const discardDeadLetter = api(
  { method: "POST", path: "/dead-letters/:id/discard", expose: false, auth: true },
  async (request: DiscardDeadLetterRequest): Promise<DeadLetter> =>
    settling.discardDeadLetter(db, requireIdentity(), request),
);

/** Queues of dead letters that are not empty, or were not, newest first. */
export const listIncidents = api(
  { method: "GET", path: "/incidents", expose: false, auth: true },
  async (request: ListIncidentsRequest): Promise<ListIncidentsResponse> =>
    incidents.listIncidents(db, requireIdentity().tenantId, request),
);
