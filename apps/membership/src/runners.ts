/** What follows the log here, each as the background runs and shows it. */
import { once } from 'node:events';
import { organizationOf } from '#domain/events.js';
import { followErasures } from '#commands/erasures.js';
import { collectOrphans } from '#commands/orphans.js';
import { followCatalogues } from '#commands/publish-catalogues.js';
import { Sweeper } from '#commands/sweeper.js';
import { lagOf, type Runner } from './background.js';
import type { Engines } from './membership.module.js';
import { storesSubject } from './stored.js';

export const runnersOf = (engines: Engines): Runner[] => {
  const { log, vault, catalogues, adoptions } = engines;
  return [
    projections(engines),
    access(engines),
    mailer(engines),
    sweeper(engines),
    { name: 'erasures', run: (signal) => followErasures(log, vault, signal) },
    { name: 'catalogues', run: (signal) => followCatalogues(log, catalogues, signal) },
    { name: 'adoptions', run: (signal) => adoptions.run(signal) },
    orphans(engines),
  ];
};

const access = ({ access: cache }: Engines): Runner => ({
  name: 'access',
  run: (signal) => cache.run(signal),
  look: (head) => {
    const { ready, position, quarantined } = cache.health();
    return {
      ready,
      followers: [{ name: 'access', lag: lagOf(position, head) }],
      quarantined: quarantined.map(({ stream, type, revision }) => ({
        readModel: 'access',
        organization: organizationOf(stream) ?? stream,
        event: `${type} ${revision}`,
      })),
    };
  },
});

const projections = ({ projections: runner }: Engines): Runner => ({
  name: 'projections',
  run: async (signal) => {
    await runner.start();
    if (!signal.aborted) await once(signal, 'abort');
    await runner.stop();
  },
  look: async () => {
    const { status, projections: standings } = await runner.health();
    return {
      ready: status === 'running' && (await runner.caughtUp(0)),
      followers: standings.map(({ name, lagEvents }) => ({ name, lag: lagEvents })),
      quarantined: standings.flatMap(({ name, quarantined }) =>
        quarantined.map(({ organization, type, revision }) => ({
          readModel: name,
          organization,
          event: `${type} ${revision}`,
        })),
      ),
    };
  },
});

/** Nobody waits for the mail. */
const mailer = ({ mailer: postman }: Engines): Runner => ({
  name: 'mailer',
  run: (signal) => postman.run(signal),
  look: (head) => ({
    ready: true,
    followers: [{ name: 'mailer', lag: lagOf(postman.health().position, head) }],
    quarantined: [],
  }),
});

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
function orphans({ log, vault, store, projections: runner }: Engines): Runner {
  return {
    name: 'orphans',
    run: async (signal) => {
      while (!signal.aborted && !(await runner.upToDate(LOOK)));
      await collectOrphans(log, vault, storesSubject(store), signal);
    },
  };
}

/** Milliseconds a runner waits before it looks whether it is to end. */
const LOOK = 500;
