import { Service } from "encore.dev/service";

/** The two endpoints that the host benchmark compares with the same handlers written by hand. */
export default new Service("orders");
