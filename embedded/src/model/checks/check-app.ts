import type { App } from "../app.js";
import type { AppModel } from "../app-model.js";

/** Checks that concern the app as a whole. */
export async function checkApp(_app: App, _model: AppModel): Promise<void> {}
