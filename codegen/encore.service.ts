import { Service } from "encore.dev/service";
import "./outbox-relay.js";

/** Projects: the models that systems of services are generated from. */
export default new Service("codegen");
