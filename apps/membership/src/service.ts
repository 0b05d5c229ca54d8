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
import { BUILT_IN_CATALOGUES, MembershipModule } from './membership.module.js';
import { PlatformAdmins } from './platform-admins.js';
import { runnersOf } from './runners.js';
import { createServer, type Route } from './server.js';

export interface Service {
  readonly app: NestFastifyApplication;
  /** Where it listens. */
  readonly url: string;
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
  try {
    const root = MembershipModule.with(config, engines, background);
    const { app, routes, drain } = await createServer(root, config, log, nestLog);
    app.get(ApiDocument).of(app);
    await engines.readSideOpened;
    await publish(engines, config, stopping.signal);
    await app.get(PlatformAdmins).found(config.PLATFORM_ADMINS);
    await listen(app, config);
    engines.issuers.askForKeys();
    const url = urlOf(app, config);
    // Links in mails need the port, and any may have been asked for.
    engines.readSide.reachedAt(config.publicUrl ?? url);
    background.start();
    const stop = async (): Promise<void> => {
      drain();
      await app.close();
      await engines.transactor.drain();
      await background.stop();
      stopping.abort();
      await engines.close();
    };
    let stopped: Promise<void> | undefined;
    return { app, routes, url, stop: () => (stopped ??= stop()) };
  } catch (error) {
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

/** What the operating system says → which setting to change, and why. */
const LISTEN_TROUBLES: Readonly<Record<string, readonly [setting: string, trouble: string]>> = {
  EADDRINUSE: ['HTTP_PORT', 'something else listens there; stop it, or give another port'],
  EACCES: ['HTTP_PORT', 'this process may not listen there; give a port above 1023, or the right'],
  EADDRNOTAVAIL: ['HTTP_HOST', 'this machine does not have that address; give one it has'],
  ENOTFOUND: ['HTTP_HOST', 'there is no such name; give an address of this machine'],
};

async function listen(app: NestFastifyApplication, config: Config): Promise<void> {
  const { HTTP_PORT, HTTP_HOST } = config;
  try {
    await app.listen(HTTP_PORT, HTTP_HOST);
  } catch (error) {
    const [setting, trouble] = LISTEN_TROUBLES[(error as NodeJS.ErrnoException).code ?? ''] ?? [];
    if (setting === undefined) throw error;
    throw new SettingError(setting, `${HTTP_HOST}:${HTTP_PORT}: ${trouble}`);
  }
}

/** With the port that was really taken. */
function urlOf(app: NestFastifyApplication, { HTTP_HOST }: Config): string {
  const address = app.getHttpServer().address() as { port: number };
  const host = HTTP_HOST.includes(':') ? `[${HTTP_HOST}]` : HTTP_HOST;
  return `http://${host}:${address.port}`;
}
