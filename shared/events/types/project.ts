import type { Envelope } from "./envelope.js";

/** A project was begun, with the first version of its model. */
export interface ProjectCreated {
  type: "project-created";
  name: string;
  /** Version of the project's model. */
  modelVersion: number;
  createdBy: string;
}

/** Topic `project-events`; `projectId` is in the envelope. */
export interface ProjectEvent extends Envelope {
  event: ProjectCreated;
}
