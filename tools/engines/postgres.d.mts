/** A private PostgreSQL for tests; see postgres.mjs. */
export class PostgresCluster {
  /** Why none can be started here; undefined: one can. */
  static missing(): string | undefined;
  /** Makes and starts one; throws where PostgreSQL is not installed. */
  static start(settings?: Readonly<Record<string, string>>): Promise<PostgresCluster>;
  readonly url: string;
  /** The folder of its files. */
  readonly data: string;
  /** Starts what has ended, and waits until it serves. */
  begin(): void;
  /** From now on it lets in only who comes over TLS and gives a password; `key` and `cert` are files. */
  secure(by: { readonly key: string; readonly cert: string; readonly password: string }): void;
  end(mode?: 'fast' | 'immediate'): void;
  /** Kills the server and all that serve connections. */
  kill(): Promise<void>;
  /** Ends it and takes its folder away. */
  remove(): void;
}
