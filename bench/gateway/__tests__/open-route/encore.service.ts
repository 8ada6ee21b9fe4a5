import { Service } from "encore.dev/service";

/** Stands beside the gateway while it is measured: the same routes without what the gateway adds. */
export default new Service("open-route");
