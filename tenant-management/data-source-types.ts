import type { Query } from "encore.dev/api";

/**
 * How connections are encrypted, as in `sslmode` of libpq: `prefer` encrypts where the server offers it, `require` always,
 * and `verify-full` also checks that the certificate is trusted and names the host.
 */
export type DataSourceTls = "disable" | "prefer" | "require" | "verify-full";

/** A Postgres database of the tenant. Its password is never returned. */
export interface DataSource {
  id: string;
  /** Unique in the tenant; rules name it. */
  name: string;
  kind: "postgres";
  host: string;
  port: number;
  database: string;
  user: string;
  tls: DataSourceTls;
  /** Certificates in PEM that `verify-full` trusts; absent where it trusts the system's. */
  caCertificate?: string;
  /** A pooler such as PgBouncer stands before the server: prepared statements are not used. */
  pooled: boolean;
  /** Nothing is written to it: every transaction is read-only, and no rule may have it as its target. */
  readOnly: boolean;
  /** A statement that takes longer is ended. */
  statementTimeoutMs: number;
  /** Name of the key that the connection string is encrypted under; says nothing of the key. */
  keyId: string;
  createdBy: string;
  createdAt: Date;
  updatedAt: Date;
}

/** How a data source is reached, beside its connection string. */
export interface DataSourceSettings {
  /** By the `sslmode` of the connection string, else `prefer`. */
  tls?: DataSourceTls;
  /** Certificates in PEM that `verify-full` trusts, for servers whose certificate no public authority has signed. */
  caCertificate?: string | null;
  /** By `pgbouncer=true` in the connection string or Supabase's pooler port 6543, else false. */
  pooled?: boolean;
  /** False by default. */
  readOnly?: boolean;
  /** 1,000 to 600,000; 60,000 by default. */
  statementTimeoutMs?: number;
}

export interface CreateDataSourceRequest extends DataSourceSettings {
  tenantId: string;
  /** A lower-case letter, then letters, digits, `_` and `-`; at most 63 characters. `workspace` is taken. */
  name: string;
  /**
   * `postgres://user:password@host:port/database`. Of the parameters that may follow a `?`, `sslmode` and `pgbouncer` count.
   */
  url: string;
}

export interface ListDataSourcesRequest {
  tenantId: string;
  /** `name`, `createdAt` or `updatedAt`, with `-` before it for falling order; `name` by default. */
  sort?: Query<string>;
  /** 1 to 100; 100 by default. */
  limit?: Query<number>;
  /** `nextCursor` of the page before. */
  cursor?: Query<string>;
}

export interface ListDataSourcesResponse {
  /** A tenant has 100 at most. */
  dataSources: DataSource[];
  nextCursor?: string;
}

export interface DataSourcePathRequest {
  tenantId: string;
  /** Id or name. */
  source: string;
}

/** Settings left out keep their value. */
export interface UpdateDataSourceRequest extends DataSourceSettings {
  tenantId: string;
  /** Id or name. */
  source: string;
  name?: string;
  url?: string;
}

/** A connection to try before it is kept. */
export interface TestDataSourceSettingsRequest extends DataSourceSettings {
  tenantId: string;
  url: string;
}

/** One thing that is wrong with a data source. */
export interface DataSourceProblem {
  /**
   * `host_not_found`, `address_not_allowed`, `host_unreachable`, `connection_refused`, `connection_timeout`,
   * `connection_closed`, `not_postgres`, `tls_not_offered`, `tls_required`, `tls_certificate_untrusted`,
   * `tls_certificate_expired`, `tls_name_mismatch`, `tls_failed`, `password_wrong`, `access_refused`, `database_missing`,
   * `privilege_missing`, `read_only`, `too_many_connections`, `server_starting`, `statement_timeout`.
   */
  code: string;
  /** What is wrong, and what to do about it. */
  message: string;
}

export interface TestDataSourceResponse {
  /** The server let the user in. */
  reachable: boolean;
  /** Version of the server, where it was reached. */
  serverVersion?: string;
  milliseconds: number;
  /** The connection was encrypted. */
  encrypted?: boolean;
  /** Tables and views that the user may read. */
  readableEntities?: number;
  /** Records can be written to it: the user may write to a table and keep the table of links. */
  writable?: boolean;
  /** Empty where all is well. */
  problems: DataSourceProblem[];
  /** The first problem's message. */
  error?: string;
}

export interface ResolveDataSourceRequest {
  /** Id or name. */
  source: string;
}

/** For services that read and write the source; leaves the process only over service calls. */
export interface ResolvedDataSource {
  id: string;
  name: string;
  url: string;
  tls: DataSourceTls;
  caCertificate?: string;
  pooled: boolean;
  readOnly: boolean;
  statementTimeoutMs: number;
}

/** How many data sources were encrypted anew under the current key, and how many could not be. */
export interface RotateDataSourceKeysResponse {
  /** Name of the key that is current. */
  keyId: string;
  resealed: number;
  /** Sources under a key that is not among those configured: their connection string has to be set again. */
  unreadable: number;
}
