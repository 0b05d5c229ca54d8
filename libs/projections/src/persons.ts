/** Plain text about people, kept so that it can be taken away again without leaving a trace. */
import { sql } from 'kysely';
import type { Sealed } from '#domain/events.js';
import { folded } from '#readstore/folded.js';
import { statement } from '#readstore/statement.js';
import type { At } from './projection.js';

/** What an event says of somebody; a name it does not say is left out or null. */
export interface Personal {
  readonly email: Sealed | null;
  readonly displayEmail: Sealed | null;
  readonly name?: Sealed | null;
}

/** Longer than anything personal. */
const BLANK = ' '.repeat(2000);
const COLUMNS = ['email', 'displayEmail', 'emailFolded', 'name', 'nameFolded'] as const;

/**
 * What can be done with the people of `members` or `invitations`, whose `person` names a row of
 * `table`. A row that is no longer true is overwritten byte by byte, never moved or removed.
 */
export const personsIn = (
  table: 'member_persons' | 'invitation_persons',
  holders: 'members' | 'invitations',
) => {
  const persons = sql.table(table);
  const next = sql`(select coalesce(max(id), 0) + 1 from ${persons})`;
  const blanks = sql.join(
    COLUMNS.map((name) => {
      const column = sql.ref(name);
      return sql`${column} = substr(${sql.lit(BLANK)}, 1, octet_length(${column}))`;
    }),
  );
  type Holder = 'organization' | 'id';
  const personOf = ({ organization, id }: { organization: never; id: never }) => sql`
    (select person from ${sql.table(holders)} where organization = ${organization} and id = ${id})`;
  const known = (column: string, holder: { organization: never; id: never }) => sql`
    (select ${sql.ref(column)} from ${persons} where id = ${personOf(holder)})`;

  // Slots have no own fields: they are asked for one by one.
  const addPerson = statement<Holder | (typeof COLUMNS)[number]>(
    (_, values) => sql`
      insert into ${persons} (id, email, "displayEmail", "emailFolded", name, "nameFolded")
      values (${next}, ${values.email}, ${values.displayEmail}, ${values.emailFolded},
        coalesce(${values.name}, ${known('name', values)}),
        coalesce(${values.nameFolded}, ${known('nameFolded', values)}))`,
  );
  const renamePerson = statement<Holder | 'name' | 'nameFolded'>(
    (_, values) => sql`
      insert into ${persons} (id, email, "displayEmail", "emailFolded", name, "nameFolded")
      values (${next}, ${known('email', values)}, ${known('displayEmail', values)},
        ${known('emailFolded', values)}, ${values.name}, ${values.nameFolded})`,
  );
  const blankPerson = statement<Holder>(
    (_, holder) => sql`update ${persons} set ${blanks} where id = ${personOf(holder)}`,
  );
  const blankEveryone = statement<'organization'>(
    (_, { organization }) => sql`
      update ${persons} set ${blanks} where id in (
        select person from ${sql.table(holders)} where organization = ${organization})`,
  );

  return {
    /** The row that was added last, for `person`. */
    added: sql<number>`(select max(id) from ${persons})`,

    /** Adds what an event says of somebody; a name it does not say stays as it was. */
    add(at: At, id: string, { email, displayEmail, name }: Personal): void {
      const plain = { email: at.opened(email), displayEmail: at.opened(displayEmail) };
      const addresses = [plain.displayEmail, plain.email].filter((one) => one !== null);
      const emailFolded = addresses.length === 0 ? null : folded(addresses.join(' '));
      const { organization } = at;
      at.run(addPerson, { organization, id, ...plain, emailFolded, ...named(at, name) });
    },
    /** Adds the same with another name, or none. */
    rename(at: At, id: string, name: Sealed | null): void {
      at.run(renamePerson, { organization: at.organization, id, ...named(at, name) });
    },
    /** Blanks what is known of somebody so far. */
    blank(at: At, id: string): void {
      at.run(blankPerson, { organization: at.organization, id });
    },
    blankAll(at: Pick<At, 'organization' | 'run'>): void {
      at.run(blankEveryone, { organization: at.organization });
    },
  };
};

function named(at: At, sealed: Sealed | null | undefined) {
  const name = at.opened(sealed);
  return { name, nameFolded: name === null ? null : folded(name) };
}
