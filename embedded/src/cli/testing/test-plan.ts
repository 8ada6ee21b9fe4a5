import type { TestTemplates } from "../../providers/postgres/index.js";
import type { HostConfig } from "../../runtime/host-config.js";

/** What `axion test` hands to the workers that run test files. */
export interface TestPlan {
  /** Without the databases, which each worker has copies of. */
  config: HostConfig;
  /** Absent: the app has no databases that the host manages. */
  templates?: TestTemplates;
  /** The database, among the templates, that holds the queue. */
  queue?: string;
  /** Where the SDK's files of the app are, and where those of the host, which stand in for an older SDK; as URLs. */
  sdk?: { from: string; to: string };
}
