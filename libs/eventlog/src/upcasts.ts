import type { DomainEvent, EventType } from '#domain/events.js';
import { DamagedEvent } from './event-log.js';

/** An event's fields without its type, as some version wrote them. */
export type EventData = { readonly [field: string]: unknown };

/** Turns the data of one version into that of the next. Written once, never edited. */
export type Upcast = (data: EventData) => EventData;

/** What this program can read and write. */
export interface Versions {
  /** Every known type with the version it is written in. */
  readonly current: { readonly [type: string]: number };
  /** Steps keyed `type@version`: from that version to the next. */
  readonly steps: { readonly [typeAndVersion: string]: Upcast };
}

const CURRENT: { readonly [T in EventType]: number } = {
  'organization.create': 1,
  'organization.rename': 1,
  'organization.policy_change': 1,
  'organization.catalogue_adopt': 1,
  'organization.suspend': 1,
  'organization.resume': 1,
  'organization.delete': 1,
  'space.create': 1,
  'space.rename': 1,
  'space.deactivate': 1,
  'space.reactivate': 1,
  'space.delete': 1,
  'member.invite': 1,
  'member.invite_resend': 1,
  'member.invite_revoke': 1,
  'member.invite_decline': 1,
  'member.invite_expire': 1,
  'member.invite_erase': 1,
  'member.accept': 1,
  'member.join': 1,
  'member.identity_link': 1,
  'member.role_change': 1,
  'member.grant_start': 1,
  'member.grant_expire': 1,
  'member.deactivate': 1,
  'member.reactivate': 1,
  'member.remove': 1,
  'member.profile_change': 1,
  'member.personal_data_erase': 1,
  'team.create': 1,
  'team.rename': 1,
  'team.delete': 1,
  'team.member_add': 1,
  'team.member_remove': 1,
  'team.role_change': 1,
  'service_account.create': 1,
  'service_account.change': 1,
  'service_account.role_change': 1,
  'service_account.delete': 1,
  'api_key.create': 1,
  'api_key.change': 1,
  'api_key.rotate': 1,
  'api_key.revoke': 1,
  'role.define': 1,
  'role.change': 1,
  'role.retire': 1,
  'catalogue.publish': 1,
};

/** The versions this program writes, and the way from older ones; no type has changed yet. */
export const VERSIONS: Versions = { current: CURRENT, steps: {} };

/** The schema version an event of this type is written with. */
export const schemaVersionOf = (type: EventType): number => CURRENT[type];

/** Every event type there is. */
export const EVENT_TYPES = Object.keys(CURRENT) as readonly EventType[];

/** An event as it was stored. */
export interface Stored {
  readonly stream: string;
  readonly revision: number;
  readonly type: string;
  readonly schemaVersion: number;
  readonly data: EventData;
}

/**
 * An event that only a newer program understands. What comes after it in its stream can't be relied
 * on here; for whoever can't do without it nothing goes on until this program is upgraded.
 */
export class UnknownEvent extends DamagedEvent {
  override readonly kind = 'newer';
  override readonly name = 'UnknownEvent';

  constructor({ stream, revision, type, schemaVersion }: Stored, position: bigint) {
    super(stream, revision, 'unknown', position);
    const what = `${type}@${schemaVersion}`;
    this.message = `event ${revision} of ${stream} is ${what}, which this program does not know; upgrade it`;
  }
}

/** The event in its current shape, whatever version it was stored with. @throws UnknownEvent */
export const upcast = (
  stored: Stored,
  position: bigint,
  { current, steps }: Versions = VERSIONS,
): DomainEvent => {
  const { type, schemaVersion: version, data } = stored;
  const target = Object.hasOwn(current, type) ? current[type] : undefined;
  if (target === undefined || version > target || version < 1) {
    throw new UnknownEvent(stored, position);
  }
  let shape = data;
  for (let at = version; at < target; at++) {
    const step = steps[`${type}@${at}`];
    if (step === undefined) throw new UnknownEvent(stored, position);
    shape = step(shape);
  }
  return { type, ...shape } as unknown as DomainEvent;
};
