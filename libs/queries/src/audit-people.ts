/** What the people in audit entries are called: read for many entries at a time, nothing kept. */
import type { MemberId, OrganizationId } from '#domain/ids.js';
import { organizationStream } from '#domain/ids.js';
import type { AuditTable, PersonTable } from '#readstore/rows.js';
import type { Reads } from './reads.js';

/** `null`: not known, or erased. */
interface Name {
  readonly name: string | null;
  readonly email: string | null;
}

/** What an entry says beside its ids; see `AuditRow`. */
export interface Named {
  readonly actor: { readonly actorName?: string | null; readonly actorEmail?: string | null };
  readonly member: {
    readonly member?: MemberId;
    readonly memberName?: string | null;
    readonly memberEmail?: string | null;
  };
}

type Entry = Pick<AuditTable, 'actorId' | 'actorMember' | 'actorFor' | 'subject' | 'related'>;
const UNKNOWN: Name = { name: null, email: null };

/** The names in these entries, in order, as they are now: the audit log itself holds none. */
export async function namesIn(
  reads: Reads,
  organization: OrganizationId,
  entries: readonly Entry[],
): Promise<Named[]> {
  const invited = await membersInvited(reads, organization, entries);
  const memberOf = ({ subject, related }: Entry): MemberId | undefined =>
    [subject, related].find(isMember) ?? invited.get(subject);
  const users = entries.map(({ actorId, actorFor }) => actorFor || actorId);
  const members = entries.flatMap((one) => [one.actorMember, memberOf(one) ?? ''].filter(isMember));
  const people = await peopleOf(reads, organization, members, users);
  const robots = await robotsOf(reads, organization, entries);
  return entries.map((entry) => {
    const { actorId, actorMember, actorFor } = entry;
    const actor = actorMember === '' ? people.get(actorFor || actorId) : people.get(actorMember);
    const member = memberOf(entry);
    const known = actor ?? (actorMember === '' ? robots.get(actorId) : UNKNOWN);
    const person = member === undefined ? undefined : (people.get(member) ?? UNKNOWN);
    return {
      actor: known === undefined ? {} : { actorName: known.name, actorEmail: known.email },
      member:
        member === undefined || person === undefined
          ? {}
          : { member, memberName: person.name, memberEmail: person.email },
    };
  });
}

const isMember = (id: string | null): id is MemberId => id?.startsWith('mem_') === true;

/** Members by the invitation that entries are about. */
async function membersInvited(
  { db }: Reads,
  organization: OrganizationId,
  entries: readonly Entry[],
): Promise<Map<string, MemberId>> {
  const invitations = entries.map(({ subject }) => subject).filter((id) => id.startsWith('inv_'));
  if (invitations.length === 0) return new Map();
  const rows = await db
    .selectFrom('audit')
    .innerJoin('audit_streams', 'audit_streams.number', 'audit.stream')
    .select(['related', 'subject'])
    .where('audit_streams.stream', '=', organizationStream(organization))
    .where('related', 'in', invitations as never[])
    .where('type', '=', 'member.invite')
    .execute();
  return new Map(rows.map(({ related, subject }) => [related as string, subject as MemberId]));
}

/** By member and by user. Who was only ever invited is known by the invitation. */
async function peopleOf(
  { db }: Reads,
  organization: OrganizationId,
  members: readonly MemberId[],
  users: readonly string[],
): Promise<Map<string, Name>> {
  const known = db
    .selectFrom('members')
    .leftJoin('member_persons', 'member_persons.id', 'members.person')
    .select(['members.id as member', 'user', 'name', 'displayEmail'])
    .where('organization', '=', organization);
  const wanted = [...new Set(members)];
  const invited = db
    .selectFrom('invitations')
    .leftJoin('invitation_persons', 'invitation_persons.id', 'invitations.person')
    .select(['member', 'displayEmail'])
    .where('organization', '=', organization)
    .where('member', 'in', wanted);
  const people = new Map<string, Name>();
  if (wanted.length > 0) {
    for (const { member, ...person } of await invited.execute()) people.set(member, nameOf(person));
    for (const row of await known.where('members.id', 'in', wanted).execute()) {
      people.set(row.member, nameOf(row));
    }
  }
  const asked = [...new Set(users)].filter((id) => id.startsWith('usr_'));
  if (asked.length > 0) {
    for (const row of await known.where('user', 'in', asked as never[]).execute()) {
      people.set(row.user as string, nameOf(row));
    }
  }
  return people;
}

const nameOf = ({ name, displayEmail }: Partial<Pick<PersonTable, 'name' | 'displayEmail'>>) => ({
  name: name ?? null,
  email: displayEmail ?? null,
});

/** What service accounts and keys are called. */
async function robotsOf(
  { db }: Reads,
  organization: OrganizationId,
  entries: readonly Entry[],
): Promise<Map<string, Name>> {
  const named = async (table: 'service_accounts' | 'api_keys', prefix: string) => {
    const ids = [...new Set(entries.map(({ actorId }) => actorId))];
    const some = ids.filter((id) => id.startsWith(prefix));
    if (some.length === 0) return [];
    return db
      .selectFrom(table as 'api_keys')
      .select(['id', 'name'])
      .where('organization', '=', organization)
      .where('id', 'in', some as never[])
      .execute();
  };
  const rows = [...(await named('service_accounts', 'svc_')), ...(await named('api_keys', 'key_'))];
  return new Map(rows.map(({ id, name }) => [id as string, { name, email: null }]));
}
