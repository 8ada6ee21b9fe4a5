import { api } from "encore.dev/api";
import { event_management } from "~encore/clients";
import type {
  DeadLetter,
  DeadLetterRequest,
  DiscardDeadLetterRequest,
  EditDeadLetterRequest,
  ListDeadLettersRequest,
  ListDeadLettersResponse,
  ReplayDeadLettersRequest,
  ReplayDeadLettersResponse,
} from "../event-management/dead-letters/types.js";

/** Events that a subscription gave up on, newest failures first: those that wait, or as the filters say. */
export const listDeadLetters = api(
  { method: "GET", path: "/api/v1/dead-letters", expose: true, auth: true },
  async (request: ListDeadLettersRequest): Promise<ListDeadLettersResponse> =>
    event_management.listDeadLetters(request),
);

/** One event that a subscription gave up on: the event itself, error, stack, attempts, and what became of it. */
export const getDeadLetter = api(
  { method: "GET", path: "/api/v1/dead-letters/:id", expose: true, auth: true },
  async (request: DeadLetterRequest): Promise<DeadLetter> => event_management.getDeadLetter(request),
);

/** Replaces what an event tells, before it is replayed. Its envelope stays: an event changes neither tenant nor author. */
export const editDeadLetter = api(
  { method: "PUT", path: "/api/v1/dead-letters/:id/event", expose: true, auth: true },
  async (request: EditDeadLetterRequest): Promise<DeadLetter> => event_management.editDeadLetter(request),
);

/** Delivers an event to the subscription that gave it up, again. */
export const replayDeadLetter = api(
  { method: "POST", path: "/api/v1/dead-letters/:id/replay", expose: true, auth: true },
  async (request: DeadLetterRequest): Promise<DeadLetter> => event_management.replayDeadLetter(request),
);

/** Delivers all open dead letters of a kind again, oldest failures first. */
export const replayDeadLetters = api(
  { method: "POST", path: "/api/v1/dead-letters/replay", expose: true, auth: true },
  async (request: ReplayDeadLettersRequest): Promise<ReplayDeadLettersResponse> =>
    event_management.replayDeadLetters(request),
);

/** Gives an event up for good, with a reason. */
export const discardDeadLetter = api(
  { method: "POST", path: "/api/v1/dead-letters/:id/discard", expose: true, auth: true },
  async (request: DiscardDeadLetterRequest): Promise<DeadLetter> =>
    event_management.discardDeadLetter(request),
);
