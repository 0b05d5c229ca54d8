/** What makes rows anew, one thing at a time: read models, and organizations in them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { organizationStream, type OrganizationId } from '#domain/ids.js';
import { Build } from './build.js';
import { catchUp, serveInstead } from './rebuilding.js';
import { NEWER, repair, type RepairingOptions } from './repairing.js';
import { Turns } from './turns.js';

/** Milliseconds between two tries to open what is closed. */
const AGAIN = 1000;
/** The same of what somebody is in the way of; more and more, so that all who read seldom wait for it. */
const LONGEST = 60_000;

export interface WorksOptions extends RepairingOptions {
  /** By the name of the projection: what is read, and what is being built beside it. */
  readonly serving: Map<string, Build>;
  readonly building: Map<string, Build>;
  readonly stopping: AbortSignal;
  /** Told when rows are gone. */
  readonly erased: () => void;
  /** Told of what it goes on from. */
  readonly onError: (error: unknown) => void;
}

export class Works {
  readonly #works = new Turns();

  constructor(private readonly options: WorksOptions) {}

  /** Resolves once nothing is under way. */
  ended(): Promise<void> {
    return this.#works.run(async () => undefined);
  }

  repair(organization: OrganizationId): Promise<void> {
    const stream = organizationStream(organization);
    return this.#works.run(async () => {
      for (const build of this.options.serving.values()) await repair(this.options, build, stream);
    });
  }

  /** What an older program did not know this one may; what fails is tried again. */
  async openNewer(): Promise<void> {
    const { stopping, writer } = this.options;
    const ending = AbortSignal.any([stopping, writer.lost]);
    while (!ending.aborted && !(await this.#works.run(() => this.#openAll()))) {
      await sleep(AGAIN, undefined, { signal: ending }).catch(() => undefined);
    }
  }

  /** False where one of them has to be tried again. */
  async #openAll(): Promise<boolean> {
    let isDone = true;
    for (const build of this.options.serving.values()) {
      for (const { stream, type } of [...build.quarantine.values()]) {
        if (type !== NEWER) continue;
        await repair(this.options, build, stream).catch((error: unknown) => {
          isDone = false;
          this.options.onError(error);
        });
      }
    }
    return isDone;
  }

  /** False when it was stopped before; one that was begun by another node is gone on with. */
  buildAnew(name: string): Promise<boolean> {
    const { serving, building } = this.options;
    const begun = building.get(name);
    return this.#works.run(async () => {
      const served = serving.get(name);
      if (served === undefined || served === begun) return true;
      return this.#build(building.get(name) ?? (await this.#begin(served)));
    });
  }

  /** Goes on with one that was begun. */
  build(building: Build): Promise<boolean> {
    return this.#works.run(() => this.#build(building));
  }

  /** Frees what no build needs any more, once nobody reads it. */
  async discardRetired(): Promise<void> {
    const { stopping, writer } = this.options;
    const ending = AbortSignal.any([stopping, writer.lost]);
    for (let pause = AGAIN; !ending.aborted; pause = Math.min(2 * pause, LONGEST)) {
      if (await this.#works.run(() => this.#discardRetired())) return;
      await sleep(pause, undefined, { signal: ending }).catch(() => undefined);
    }
  }

  async #begin({ projection }: Build): Promise<Build> {
    const { log, writer, checkpoints, building } = this.options;
    const known = await checkpoints.all();
    const one = await writer.transaction(() =>
      Build.create(writer, checkpoints, projection, { known, log: log.id, state: 'building' }),
    );
    building.set(projection.name, one);
    return one;
  }

  async #build(one: Build): Promise<boolean> {
    const { name } = one.projection;
    const { log, writer, checkpoints, applying, turns, serving, building } = this.options;
    const served = serving.get(name) as Build;
    const signal = AbortSignal.any([this.options.stopping, writer.lost]);
    const done = await catchUp({ log, applying, turns, signal }, one, served, async () => {
      if (!(await serveInstead(writer, checkpoints, one, served))) return false;
      serving.set(name, one);
      building.delete(name);
      return true;
    });
    if (done && !(await this.#discardRetired())) {
      void this.discardRetired().catch(this.options.onError);
    }
    return done;
  }

  /** False where it has to be tried again. */
  async #discardRetired(): Promise<boolean> {
    const { writer, checkpoints, stopping, erased } = this.options;
    for (const { state, shape, build } of await checkpoints.all()) {
      if (state !== 'retired') continue;
      const forget = () => checkpoints.remove(build);
      if (!(await writer.discard(shape, build, forget, stopping))) return false;
    }
    erased();
    return true;
  }
}
