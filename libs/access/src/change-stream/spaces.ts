/** Which spaces there are, and what can be held at them: told once for everybody. */
import type { MembershipEvent } from '#domain/events.js';
import type { SpaceId } from '#domain/ids.js';
import type { Place } from '../place.js';
import type { SpaceRow } from './watched.js';

export const spacesOf = ({ organization, catalogue }: Omit<Place, 'platform'>): SpaceRow[] =>
  [...organization.spaces.keys()].map((space) => rowOf({ organization, catalogue }, space));

/** Those that an event opens or closes, for everything or for some permissions. */
export function spacesTouched(
  event: MembershipEvent,
  after: Omit<Place, 'platform'>,
): readonly SpaceRow[] {
  switch (event.type) {
    case 'space.create':
    case 'space.deactivate':
    case 'space.reactivate':
    case 'space.delete':
      return [rowOf(after, event.space)];
    // Another version may leave something else of them.
    case 'organization.catalogue_adopt':
      return spacesOf(after).filter(({ status }) => status === 'inactive');
    default: // Touches none.
      return [];
  }
}

function rowOf({ organization, catalogue }: Omit<Place, 'platform'>, space: SpaceId): SpaceRow {
  const { status = 'deleted' } = organization.spaces.get(space) ?? {};
  return status === 'inactive'
    ? { space, status, only: [...catalogue.inactiveSpace].sort() }
    : { space, status };
}
