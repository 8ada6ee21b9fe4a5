import { Service } from "encore.dev/service";
import "./development-token.js";

/** Members of tenants, what they may do, and the tokens they are known by. */
export default new Service("user-management");
