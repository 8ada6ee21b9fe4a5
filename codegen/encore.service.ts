import { Service } from "encore.dev/service";
import "./outbox-relay.js";
import "./worker.js";

/** Projects: the models of systems of services, what is generated from them, and where it runs. */
export default new Service("codegen");
