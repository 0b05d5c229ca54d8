/** The service from start to stop, the same for the program and for tests. */
import type { LoggerService } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { loadCatalogueFiles } from '#catalogues/load.js';
import { publishCatalogues } from '#commands/publish-catalogues.js';
import { Background } from './background.js';
import type { Config } from './config.js';
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
    await publish(engines, config, stopping.signal);
    const root = MembershipModule.with(config, engines, background);
    const { app, routes, drain } = await createServer(root, config, log, nestLog);
    app.get(ApiDocument).of(app);
    await app.get(PlatformAdmins).found(config.PLATFORM_ADMINS);
    await app.listen(config.HTTP_PORT, config.HTTP_HOST);
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
  await publishCatalogues(engines.transactor.ports, loadCatalogueFiles(folders), signal);
}

/** With the port that was really taken. */
function urlOf(app: NestFastifyApplication, { HTTP_HOST }: Config): string {
  const address = app.getHttpServer().address() as { port: number };
  const host = HTTP_HOST.includes(':') ? `[${HTTP_HOST}]` : HTTP_HOST;
  return `http://${host}:${address.port}`;
}
