/** Queries asked of real read models, through the bus as the service asks them. */
import { CqrsModule, QueryBus, type Query } from '@nestjs/cqrs';
import { Test } from '@nestjs/testing';
import { Catalogues } from '#catalogues/catalogues.js';
import type { CatalogueContent } from '#domain/catalogue.js';
import type { Instant, OrganizationId } from '#domain/ids.js';
import { EventLog } from '#eventlog/event-log.js';
import { Cursors } from '#queries/cursors.js';
import { READ_HANDLERS } from '#queries/handlers.js';
import { Reads, type ReadsOptions } from '#queries/reads.js';
import { Vault } from '#vault/vault.js';
import { World } from '../projections/world.js';

export interface Reading {
  readonly world: World;
  readonly catalogues: Catalogues;
  ask<T>(query: Query<T>): Promise<T>;
  /** What time it is. */
  now: Instant;
  /** Newest revision that was acknowledged; -1: none. */
  acknowledged: number;
}

/** A running world with a bus to ask. */
export async function reading(options: Partial<ReadsOptions> = {}): Promise<Reading> {
  const world = await World.make();
  await world.runner.start();
  const catalogues = new Catalogues();
  const reads = new Reads({
    store: world.store,
    progress: world.runner,
    cursors: new Cursors(Buffer.alloc(32, 1)),
    now: () => answer.now,
    acknowledged: (_: OrganizationId) => answer.acknowledged,
    patience: 200,
    ...options,
  });
  const module = await Test.createTestingModule({
    imports: [CqrsModule.forRoot()],
    providers: [
      ...READ_HANDLERS,
      { provide: Reads, useValue: reads },
      { provide: Vault, useValue: world.vault },
      { provide: EventLog, useValue: world.log },
      { provide: Catalogues, useValue: catalogues },
    ],
  }).compile();
  await module.init();
  const bus = module.get(QueryBus);
  const answer: Reading = {
    world,
    catalogues,
    ask: (query) => bus.execute(query),
    now: '2026-01-15T00:00:00.000Z' as Instant,
    acknowledged: -1,
  };
  return answer;
}

/** The smallest content that can be compiled. */
export const smallCatalogue = (version = 1): CatalogueContent =>
  ({
    id: 'mondoo',
    version,
    name: 'Mondoo',
    scopes: ['organization', 'space'],
    rolesPerMember: 'many',
    permissions: { members: { organization: ['view'], space: [] } },
    roles: [
      {
        id: 'owner',
        name: 'Owner',
        kind: 'base',
        scopes: ['organization'],
        permissions: ['*'],
        description: 'Everything',
      },
      {
        id: 'viewer',
        name: 'Viewer',
        kind: 'base',
        scopes: ['organization', 'space'],
        permissions: ['members:view'],
        description: 'Looks on',
      },
    ],
    delegation: [],
    policies: {
      protectedRole: 'owner',
      founderRole: 'owner',
      removal: 'allowed',
      invitation: { ttl: 'P7D', matchEmail: true, onInviterLoss: 'keep' },
      emailDomains: { external: 'allow', providers: 'allow' },
      catalogueAdoption: 'manual',
      overridable: [],
    },
    operations: {},
    inactiveSpace: [],
    routes: [],
    apiScopes: [],
    notes: [],
  }) as unknown as CatalogueContent;
