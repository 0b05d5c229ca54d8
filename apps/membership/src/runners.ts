/** What follows the log here, each as the background runs and shows it. */
import { once } from 'node:events';
import { organizationOf } from '#domain/events.js';
import type { Logger } from 'pino';
import { followErasures } from '#commands/erasures.js';
import { collectOrphans } from '#commands/orphans.js';
import { followCatalogues } from '#commands/publish-catalogues.js';
import { Sweeper } from '#commands/sweeper.js';
import { lagOf, type Runner, type Standing } from './background.js';
import type { Engines } from './engines.js';
import { storesSubject } from './stored.js';

export const runnersOf = (engines: Engines, words: Logger): Runner[] => {
  const { log, vault, catalogues, adoptions } = engines;
  return [
    readSide(engines),
    access(engines, words),
    sweeper(engines),
    { name: 'erasures', run: (signal) => followErasures(log, vault, signal) },
    { name: 'catalogues', run: (signal) => followCatalogues(log, catalogues, signal) },
    { name: 'adoptions', run: (signal) => adoptions.run(signal) },
    orphans(engines),
    wrapping(engines, words),
  ];
};

const access = ({ access: cache }: Engines, words: Logger): Runner => {
  let isSaid = false;
  return {
    name: 'access',
    run: async (signal) => {
      await cache.restore();
      const { restored } = cache.health();
      if (restored !== null && !isSaid)
        words.info({ msg: 'permissions restored', position: String(restored) });
      isSaid = true;
      await cache.run(signal);
    },
    look: (head) => {
      const { ready, position, restored, quarantined } = cache.health();
      const begun = restored === null ? {} : { restored: String(restored) };
      return {
        ready,
        followers: [{ name: 'access', lag: lagOf(position, head), ...begun }],
        quarantined: quarantined.map(({ stream, type, revision }) => ({
          readModel: 'access',
          organization: organizationOf(stream) ?? stream,
          event: `${type} ${revision}`,
        })),
      };
    },
  };
};

/** The read models, which have to be there, and the mail, which nobody waits for. */
const readSide = ({ readSide: remote }: Engines): Runner => ({
  name: 'read side',
  run: (signal) => remote.run(signal),
  look: async (head) => {
    const health = await remote.health(head);
    if (health === undefined) return SILENT;
    const { projections, mailer, relays } = health;
    return {
      ready: isGood(projections.status) && (await remote.progress.caughtUp(0)),
      followers: [
        ...projections.projections.map(({ name, state, lagEvents }) => ({
          name: state === 'building' ? `${name} building` : name,
          lag: lagEvents,
          ...because(projections),
        })),
        { name: 'mailer', lag: lagOf(mailer.position, head), ...because(mailer) },
        ...relays.map((one) => ({
          name: one.name,
          lag: lagOf(one.position, head),
          ...because(one),
        })),
      ],
      quarantined: projections.projections.flatMap(({ name, quarantined }) =>
        quarantined.map(({ organization, type, revision }) => ({
          readModel: name,
          organization,
          event: `${type} ${revision}`,
        })),
      ),
    };
  },
});

const SILENT: Standing = {
  ready: false,
  followers: [{ name: 'read side', lag: 0, reason: 'it does not answer' }],
  quarantined: [],
};

const isGood = (status: string): boolean => status === 'running' || status === 'standby';

const because = ({ reason }: { readonly reason?: string }) => (reason ? { reason } : {});

/** Nobody waits for it: every question is decided by the clock when it is asked. */
function sweeper({ transactor }: Engines): Runner {
  const works = new Sweeper(transactor);
  return {
    name: 'sweeper',
    run: (signal) => works.run(signal),
    look: (head) => ({
      ready: true,
      followers: [{ name: 'sweeper', lag: lagOf(works.position, head) }],
      quarantined: [],
    }),
  };
}

/** Rows answer for most keys, so it begins when they are there. */
function orphans({ log, vault, store, readSide: { progress } }: Engines): Runner {
  return {
    name: 'orphans',
    run: async (signal) => {
      while (!signal.aborted && !(await progress.upToDate(LOOK)));
      await collectOrphans(log, vault, storesSubject(store), signal);
    },
  };
}

/** Once: which wrapping key is current changes only with a start. */
const wrapping = ({ vault }: Engines, words: Logger): Runner => ({
  name: 'wrapping',
  run: async (signal) => {
    const keys = await vault.rewrap();
    if (keys > 0) words.info({ msg: 'wrapped with the current wrapping key', keys });
    if (!signal.aborted) await once(signal, 'abort');
  },
});

/** Milliseconds a runner waits before it looks whether it is to end. */
const LOOK = 500;
