/** What a rule is given besides its command: nothing ambient. */
import type { Catalogue } from './catalogue.js';
import type { ActorFact, Sealed } from './events.js';
import type { CatalogueId, Instant, NewId, OrganizationId, Tag } from './ids.js';
import type { Organization } from './state.js';

/** An e-mail address as rules see it: comparable, never readable. */
export interface Address {
  readonly tag: Tag;
  /** Lower case, ASCII. Serves the domain policy; never stored. */
  readonly domain: string;
  /** What kind of provider the domain is. */
  readonly provider: 'business' | 'free' | 'disposable';
  /** Sealed for the member the address is of. */
  readonly email: Sealed;
  readonly displayEmail: Sealed;
}

export interface Context {
  readonly now: Instant;
  readonly actor: ActorFact;
  /** The version the organization pins; for `organization.create` the one it is founded on. */
  readonly catalogue: Catalogue;
  /** The `platform` organization as it stands now, with its catalogue: where power over all
   * organizations comes from. */
  readonly platform: { readonly organization: Organization; readonly catalogue: Catalogue };
  /** The newest version of a catalogue: for platform grants, which name another catalogue's role. */
  readonly latest: (catalogue: CatalogueId) => Catalogue | undefined;
  readonly newId: NewId;
}

/** A rule: from a command and its context to a decision on a state. `[]` means already so. */
export type Rule<Command, Event> = (
  command: Command,
  context: Context,
) => (organization: Organization) => Event[];

/** Every command names its organization. */
export interface Command {
  readonly organization: OrganizationId;
}
