/** What lists have to say of a history, from what is said of each single question. */
import type { From, Stretch } from '#access/stretch.js';
import { catalogueNow, namesIn, permissionsOf } from '../../access/histories.js';
import type { World } from '../../access/world.js';

export const USERS = ['usr_ann', 'usr_bob', 'usr_cyn', 'usr_dan', 'usr_eve', 'usr_none'];
export const ORGANIZATIONS = ['platform', 'acme', 'beta'];

/** Walks a list to its end. */
export async function all<Row>(
  ask: (from: From) => Promise<Stretch<Row>>,
  size: Pick<From, 'rows' | 'looks'>,
): Promise<Row[]> {
  const found: Row[] = [];
  for (let after: From['after']; ;) {
    const { rows, next } = await ask({ ...size, ...(after === undefined ? {} : { after }) });
    found.push(...rows.map(({ row }) => row));
    if (next === undefined) return found;
    after = next;
  }
}

/** Who and what there is after so many events of a history, or was. */
export class Past {
  readonly events: World['events'];

  constructor(
    private readonly world: World,
    private readonly end: number,
  ) {
    this.events = world.events.slice(0, end);
  }

  #named = (organization: string): string[] => namesIn(this.world, this.end, organization, false);

  /** Members, accounts and keys. */
  principals = (organization: string): string[] =>
    this.#named(organization).filter((id) => /^(mem|svc|key)_/.test(id));

  spaces = (organization: string): string[] =>
    this.#named(organization).filter((id) => id.startsWith('space_'));

  /** Those that are not deleted. */
  spacesLeft(organization: string): string[] {
    const gone = this.events.flatMap(({ event }) =>
      event.type === 'space.delete' ? [String(event.space)] : [],
    );
    return this.spaces(organization).filter((space) => !gone.includes(space));
  }

  permissions = (organization: string): string[] =>
    permissionsOf(catalogueNow(this.events, organization, this.world));

  /** Accounts and keys of the platform, who may hold something elsewhere. */
  abroad = (organization: string): string[] =>
    organization === 'platform'
      ? []
      : this.principals('platform').filter((id) => !id.startsWith('mem_'));

  /** All whom a list of holders names: people who are members there as these alone. */
  holders(organization: string, holds: (id: string) => boolean): string[] {
    const here = this.principals(organization).filter(holds);
    const people = USERS.filter(holds).filter(
      (user) => !this.#membersOf(organization, user).some((member) => here.includes(member)),
    );
    return [...here, ...people, ...this.abroad(organization).filter(holds)].sort();
  }

  /** Members that a person is there, or was. */
  #membersOf = (organization: string, user: string): string[] =>
    this.events.flatMap(({ stream, event }) =>
      stream === `organization-${organization}` && 'user' in event && event.user === user
        ? 'member' in event
          ? [String(event.member)]
          : []
        : [],
    );
}
