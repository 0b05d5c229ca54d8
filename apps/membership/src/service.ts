/** The service from start to stop, the same for the program and for tests. */
import type { LoggerService } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { loadCatalogueFiles } from '#catalogues/load.js';
import { CatalogueError } from '#catalogues/problems.js';
import { publishCatalogues } from '#commands/publish-catalogues.js';
import { Background } from './background.js';
import { SettingError, type Config } from './config.js';
import { ApiDocument } from './http/api-document.js';
import { openEngines, type Engines } from './engines.js';
import { GrpcServer } from './grpc/server.js';
import { BUILT_IN_CATALOGUES, MembershipModule } from './membership.module.js';
import { PlatformAdmins } from './platform-admins.js';
import { runnersOf } from './runners.js';
import { createServer, type Route } from './server.js';

export interface Service {
  readonly app: NestFastifyApplication;
  /** Where it listens. */
  readonly url: string;
  readonly grpc: {
    /** Host and port it listens on for gRPC. */
    readonly address: string;
    /** Every method, as it is called: `/membership.v1.AccessService/Check`. */
    readonly methods: readonly string[];
  };
  readonly routes: readonly Route[];
  /** Refuses what is new, finishes what is under way, closes everything. */
  stop(): Promise<void>;
}

/**
 * Starts everything; when it fails, nothing is left open.
 * @param inThread whether the read side works on a thread of its own, which needs the build.
 */
export async function start(
  config: Config,
  log: Logger,
  nestLog: LoggerService,
  { inThread }: { readonly inThread: boolean },
): Promise<Service> {
  const engines = await openEngines(config, log, inThread);
  const stopping = new AbortController();
  const background = new Background(engines.log, runnersOf(engines, log), log);
  const servers: (() => Promise<void>)[] = [];
  const closeServers = async (): Promise<void> => {
    await Promise.all(servers.map((close) => close()));
  };
  try {
    const root = MembershipModule.with(config, engines, background);
    const { app, routes, drain } = await createServer(root, config, log, nestLog, engines.tracing);
    servers.push(() => app.close());
    app.get(ApiDocument).of(app);
    await engines.readSideOpened;
    await publish(engines, config, stopping.signal);
    await app.get(PlatformAdmins).found(config.PLATFORM_ADMINS);
    await listen('HTTP_PORT', config, () => app.listen(config.HTTP_PORT, config.HTTP_HOST));
    const { port } = app.getHttpServer().address() as { port: number };
    const grpc = new GrpcServer(app, config, log, engines.tracing);
    servers.push(() => grpc.stop());
    const grpcPort = await listen('GRPC_PORT', config, () => grpc.listen());
    engines.issuers.askForKeys();
    const url = `http://${hostOf(config)}:${port}`;
    // Links in mails need the port, and any may have been asked for.
    engines.readSide.reachedAt(config.publicUrl ?? url);
    background.start();
    const stop = async (): Promise<void> => {
      drain();
      await closeServers();
      await engines.transactor.drain();
      await background.stop();
      stopping.abort();
      await engines.close();
    };
    let stopped: Promise<void> | undefined;
    return {
      app,
      routes,
      url,
      grpc: { address: `${hostOf(config)}:${grpcPort}`, methods: grpc.methods },
      stop: () => (stopped ??= stop()),
    };
  } catch (error) {
    await closeServers();
    stopping.abort();
    await background.stop();
    await engines.close();
    throw error;
  }
}

async function publish(engines: Engines, config: Config, signal: AbortSignal): Promise<void> {
  const folders = [BUILT_IN_CATALOGUES, ...(config.CATALOGUES_DIR ? [config.CATALOGUES_DIR] : [])];
  try {
    await publishCatalogues(engines.transactor.ports, loadCatalogueFiles(folders), signal);
  } catch (error) {
    if (!(error instanceof CatalogueError) || config.CATALOGUES_DIR === undefined) throw error;
    throw new SettingError('CATALOGUES_DIR', `mend what is wrong there:\n${error.message}`);
  }
}

type PortSetting = 'HTTP_PORT' | 'GRPC_PORT';

/** What the operating system says → which setting to change (the port, where none), and why. */
const LISTEN_TROUBLES: Readonly<Record<string, readonly [trouble: string, setting?: string]>> = {
  EADDRINUSE: ['something else listens there; stop it, or give another port'],
  EACCES: ['this process may not listen there; give a port above 1023, or the right'],
  EADDRNOTAVAIL: ['this machine does not have that address; give one it has', 'HTTP_HOST'],
  ENOTFOUND: ['there is no such name; give an address of this machine', 'HTTP_HOST'],
};

async function listen<T>(
  setting: PortSetting,
  config: Config,
  begin: () => Promise<T>,
): Promise<T> {
  try {
    return await begin();
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    // The server of gRPC says it in words.
    const known = Object.keys(LISTEN_TROUBLES).find((one) => code === one || message.includes(one));
    if (known === undefined) throw error;
    const [trouble, other = setting] = LISTEN_TROUBLES[known]!;
    throw new SettingError(other, `${config.HTTP_HOST}:${config[setting]}: ${trouble}`);
  }
}

const hostOf = ({ HTTP_HOST }: Config): string =>
  HTTP_HOST.includes(':') ? `[${HTTP_HOST}]` : HTTP_HOST;
