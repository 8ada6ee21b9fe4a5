import { APIError } from "encore.dev/api";
import type { CallerIdentity } from "../../shared/tenancy/identity.js";
import type { Permission } from "../../user-management/types.js";

const kinds = ["rule", "job", "record", "project"] as const;

type Kind = (typeof kinds)[number];

/** What each kind of topic asks of its reader; notifications are everybody's own. */
const permissionOf: Record<Kind, Permission> = {
  rule: "schema:read",
  job: "schema:read",
  record: "schema:read",
  project: "schema:read",
};

const mostTopics = 100;
const longestId = 500;

/** What a client chose. */
export interface ChosenTopics {
  /** Chosen by id, as `kind:id`. */
  readonly subjects: ReadonlySet<string>;
  /** Kinds of which everything was chosen. */
  readonly whole: ReadonlySet<string>;
  readonly notifications: boolean;
}

/** Reads the topics that a client asks for. Throws `invalidArgument`, and `permissionDenied` for what it may not see. */
export function chooseTopics(asked: readonly string[], caller: CallerIdentity): ChosenTopics {
  const names = asked.flatMap((text) => text.split(",")).map((name) => name.trim());
  const chosen = [...new Set(names.filter((name) => name !== ""))];
  if (chosen.length === 0) throw refused("topics", "name at least one, such as job:ID or notifications");
  if (chosen.length > mostTopics) throw refused("topics", `at most ${mostTopics} can be chosen`);
  const subjects = new Set<string>();
  const whole = new Set<string>();
  let notifications = false;
  for (const [index, name] of chosen.entries()) {
    if (name === "notifications") {
      notifications = true;
      continue;
    }
    const [kind, id] = partsOf(name, `topics[${index}]`);
    requirePermission(kind, caller);
    if (id === undefined) whole.add(kind);
    else subjects.add(`${kind}:${id}`);
  }
  return { subjects, whole, notifications };
}

function partsOf(name: string, path: string): [Kind, string | undefined] {
  const at = name.indexOf(":");
  const kind = kinds.find((each) => each === (at === -1 ? name : name.slice(0, at)));
  if (kind === undefined)
    throw refused(path, `must be ${kinds.join(", ")} with or without :ID, or notifications`);
  if (at === -1) return [kind, undefined];
  const id = name.slice(at + 1);
  if (id === "" || id.length > longestId) throw refused(path, `the id has 1 to ${longestId} characters`);
  return [kind, id];
}

function requirePermission(kind: Kind, { permissions }: CallerIdentity): void {
  const needed = permissionOf[kind];
  if (permissions.includes(needed)) return;
  throw APIError.permissionDenied(`The topic ${kind} needs the permission ${needed}.`).withDetails({
    reason: "permission_missing",
    permissions: [needed],
  });
}

function refused(path: string, what: string): APIError {
  return APIError.invalidArgument(`${path}: ${what}.`).withDetails({ reason: "topics_invalid", path });
}
