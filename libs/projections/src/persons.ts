/** Plain text about people, kept so that it can be taken away again without leaving a trace. */
import { sql, type RawBuilder } from 'kysely';
import type { Sealed } from '#domain/events.js';
import { folded } from '#readstore/folded.js';
import { forEach, statement } from '#readstore/statement.js';
import type { At } from './projection.js';

/** What an event says of somebody; a name it does not say is left out or null. */
export interface Personal {
  readonly email: Sealed | null;
  readonly displayEmail: Sealed | null;
  readonly name?: Sealed | null;
}

/** Longer than anything personal. */
const BLANK = ' '.repeat(2000);
const TEXTS = {
  email: 'text?',
  displayEmail: 'text?',
  emailFolded: 'text?',
  name: 'text?',
  nameFolded: 'text?',
} as const;
const COLUMNS = Object.keys(TEXTS);

/**
 * What can be done with the people of `members` or `invitations`, whose `person` names a row of
 * `table`. A row that is no longer true is overwritten byte by byte, never moved or removed.
 */
export const personsIn = (
  table: 'member_persons' | 'invitation_persons',
  holders: 'members' | 'invitations',
) => {
  const persons = sql.table(table);
  const blanks = sql.join(
    COLUMNS.map((name) => {
      const column = sql.ref(name);
      return sql`${column} = substr(${sql.lit(BLANK)}, 1, octet_length(${column}))`;
    }),
  );
  const columns = sql.join(COLUMNS.map((one) => sql.ref(one)));
  const replaced = sql.join(
    COLUMNS.map((one) => sql`${sql.ref(one)} = ${sql.ref(`excluded.${one}`)}`),
  );
  const holding = { organization: 'text', holder: 'text', id: 'integer' } as const;
  const inserted = (values: RawBuilder<unknown>) => (given: RawBuilder<unknown>) => sql`
    insert into ${persons} (id, ${columns})
    select given.id, ${values} from ${given}
    left join ${sql.table(holders)} as holder
      on holder.organization = given.organization and holder.id = given.holder
    left join ${persons} as known on known.id = holder.person
    where true on conflict (id) do update set ${replaced}`;

  const addPerson = forEach(
    { ...holding, ...TEXTS },
    inserted(sql`given.email, given."displayEmail", given."emailFolded",
      coalesce(given.name, known.name), coalesce(given."nameFolded", known."nameFolded")`),
  );
  const renamePerson = forEach(
    { ...holding, name: 'text?', nameFolded: 'text?' },
    inserted(sql`known.email, known."displayEmail", known."emailFolded",
      given.name, given."nameFolded"`),
  );
  const blankPerson = forEach(
    holding,
    (given) => sql`
      update ${persons} set ${blanks} where id in (
        select holder.person from ${given} join ${sql.table(holders)} as holder
          on holder.organization = given.organization and holder.id = given.holder
        where holder.person < given.id)`,
  );
  const blankEveryone = statement<'organization'>(
    (_, { organization }) => sql`
      update ${persons} set ${blanks} where id in (
        select person from ${sql.table(holders)} where organization = ${organization})`,
  );
  const of = (at: At, holder: string) => ({
    organization: at.organization,
    holder,
    id: personOf(at),
  });

  return {
    /** Adds what an event says of somebody; a name it does not say stays as it was. */
    add(at: At, holder: string, { email, displayEmail, name }: Personal): void {
      const plain = { email: at.opened(email), displayEmail: at.opened(displayEmail) };
      const addresses = [plain.displayEmail, plain.email].filter((one) => one !== null);
      const emailFolded = addresses.length === 0 ? null : folded(addresses.join(' '));
      at.run(addPerson, { ...of(at, holder), ...plain, emailFolded, ...named(at, name) });
    },
    /** Adds the same with another name, or none. */
    rename(at: At, holder: string, name: Sealed | null): void {
      at.run(renamePerson, { ...of(at, holder), ...named(at, name) });
    },
    /** Blanks what was known of somebody before this event. */
    blank(at: At, holder: string): void {
      at.run(blankPerson, of(at, holder));
    },
    blankAll(at: Pick<At, 'organization' | 'run'>): void {
      at.run(blankEveryone, { organization: at.organization });
    },
  };
};

/** The row, for `person`, of what an event says of somebody: an event says it of one alone. */
export const personOf = (at: At): number => Number(at.position);

function named(at: At, sealed: Sealed | null | undefined) {
  const name = at.opened(sealed);
  return { name, nameFolded: name === null ? null : folded(name) };
}
