import type { EntityField, Value } from "./fields.js";
import { operationPath } from "./plural.js";
import type { EventModel, OperationModel, ProjectModel, ServiceModel } from "./schema.js";

/** A change of a contract that what relies on it does not survive. */
export interface BreakingChange {
  /** Stable: `service_removed`, `operation_removed`, `operation_moved`, `value_removed`, `value_changed`, `value_required`, `event_removed`. */
  code: string;
  /** What changed, e.g. `catalog.reserveStock.quantity`. */
  subject: string;
  message: string;
  /** Services of the project that call or consume it, as the new model has them. */
  breaks: string[];
}

/** What the new version of a model breaks for those who call and consume, in the order of the old one. */
export function breakingChanges(before: ProjectModel, after: ProjectModel): BreakingChange[] {
  const found: BreakingChange[] = [];
  for (const service of before.services) {
    const now =
      after.services.find((each) => each.name === service.name) ??
      after.services.find((each) => each.renamedFrom === service.name);
    if (now === undefined) {
      found.push({
        code: "service_removed",
        subject: service.name,
        message: `The service "${service.name}" is gone.`,
        breaks: callers(after, service.name),
      });
      continue;
    }
    compareOperations(service, now, after, found);
    compareEntities(service, now, after, found);
  }
  compareEvents(before, after, found);
  return found;
}

function compareOperations(
  before: ServiceModel,
  now: ServiceModel,
  after: ProjectModel,
  found: BreakingChange[],
): void {
  for (const old of before.operations) {
    const subject = `${before.name}.${old.name}`;
    const breaks = callers(after, now.name, old.name);
    const operation = now.operations.find((each) => each.name === old.name);
    if (operation === undefined) {
      found.push({
        code: "operation_removed",
        subject,
        message: `The operation "${old.name}" is gone.`,
        breaks,
      });
      continue;
    }
    const route = ({ method, ...rest }: OperationModel) => `${method} ${operationPath(rest)}`;
    if (route(old) !== route(operation)) {
      found.push({
        code: "operation_moved",
        subject,
        message: `${route(old)} became ${route(operation)}.`,
        breaks,
      });
    }
    compareInput(old.input, operation.input, subject, breaks, found);
    compareOutput(old.output, operation.output, subject, breaks, found);
  }
}

function compareEntities(
  before: ServiceModel,
  now: ServiceModel,
  after: ProjectModel,
  found: BreakingChange[],
): void {
  for (const old of before.entities) {
    const entity = now.entities.find((each) => each.name === old.name);
    for (const operation of old.operations) {
      if (entity?.operations.includes(operation)) continue;
      found.push({
        code: "operation_removed",
        subject: `${before.name}.${old.name}.${operation}`,
        message: `The operation "${old.name}.${operation}" is gone.`,
        breaks: callers(after, now.name, `${old.name}.${operation}`),
      });
    }
    if (entity === undefined) continue;
    const subject = `${before.name}.${old.name}`;
    const breaks = callers(after, now.name, ...old.operations.map((operation) => `${old.name}.${operation}`));
    compareOutput(old.fields, entity.fields, subject, breaks, found);
    for (const field of entity.fields) {
      const was = old.fields.find((each) => each.name === field.name);
      if (!isNeeded(field) || (was !== undefined && isNeeded(was))) continue;
      found.push({
        code: "value_required",
        subject: `${subject}.${field.name}`,
        message: `"${field.name}" must be given now.`,
        breaks,
      });
    }
  }
}

function compareEvents(before: ProjectModel, after: ProjectModel, found: BreakingChange[]): void {
  const events = (model: ProjectModel) => model.services.flatMap((service) => service.publishes);
  for (const old of events(before)) {
    const breaks = after.services
      .filter(({ consumes }) => consumes.includes(old.name))
      .map(({ name }) => name);
    const event: EventModel | undefined = events(after).find((each) => each.name === old.name);
    if (event === undefined) {
      found.push({
        code: "event_removed",
        subject: old.name,
        message: `The event "${old.name}" is gone.`,
        breaks,
      });
    } else if (event.version === old.version) {
      compareOutput(old.fields, event.fields, old.name, breaks, found);
    }
  }
}

/** What callers send: nothing new may be needed, and what they send must still be taken. */
function compareInput(
  old: Value[],
  now: Value[],
  subject: string,
  breaks: string[],
  found: BreakingChange[],
): void {
  for (const value of now) {
    const was = old.find((each) => each.name === value.name);
    const path = `${subject}.${value.name}`;
    if (value.required && !was?.required) {
      found.push({
        code: "value_required",
        subject: path,
        message: `"${value.name}" must be given now.`,
        breaks,
      });
    } else if (was !== undefined) {
      compareType(was, value, path, breaks, found);
    }
    if (was?.fields && value.fields) compareInput(was.fields, value.fields, path, breaks, found);
  }
  for (const value of old) {
    if (now.some((each) => each.name === value.name)) continue;
    found.push({
      code: "value_removed",
      subject: `${subject}.${value.name}`,
      message: `"${value.name}" is refused now.`,
      breaks,
    });
  }
}

/** What callers read: all that was there, as it was. */
function compareOutput(
  old: readonly (Value | EntityField)[],
  now: readonly (Value | EntityField)[],
  subject: string,
  breaks: string[],
  found: BreakingChange[],
): void {
  for (const was of old) {
    const value = now.find((each) => each.name === was.name);
    const path = `${subject}.${was.name}`;
    if (value === undefined) {
      found.push({ code: "value_removed", subject: path, message: `"${was.name}" is gone.`, breaks });
      continue;
    }
    compareType(was, value, path, breaks, found);
    if (was.required && !value.required)
      found.push({
        code: "value_changed",
        subject: path,
        message: `"${was.name}" can be absent now.`,
        breaks,
      });
    if ("fields" in was && "fields" in value && was.fields && value.fields)
      compareOutput(was.fields, value.fields, path, breaks, found);
  }
}

function compareType(
  was: Value | EntityField,
  now: Value | EntityField,
  subject: string,
  breaks: string[],
  found: BreakingChange[],
): void {
  const type = (value: Value | EntityField) =>
    `${"list" in value && value.list ? "a list of " : ""}${value.type}`;
  if (type(was) !== type(now)) {
    found.push({ code: "value_changed", subject, message: `${type(was)} became ${type(now)}.`, breaks });
  } else if (was.values?.some((value) => !now.values?.includes(value))) {
    const gone = was.values.filter((value) => !now.values?.includes(value));
    found.push({
      code: "value_changed",
      subject,
      message: `The values ${gone.join(", ")} are gone.`,
      breaks,
    });
  }
}

function isNeeded(field: EntityField): boolean {
  return field.required && field.default === undefined;
}

/** Services that may call one of these operations, or any where none is named. */
function callers(model: ProjectModel, service: string, ...operations: string[]): string[] {
  const calls = ({ dependsOn }: ServiceModel) =>
    dependsOn.some(
      (each) =>
        each.service === service &&
        (operations.length === 0 ||
          !each.operations ||
          each.operations.some((name) => operations.includes(name))),
    );
  return model.services.filter(calls).map(({ name }) => name);
}
