/**
 * A projection of a subscriber's own: how many seats each organization has taken, as a bill counts
 * them. What a message says and the place it was at are written in one transaction, so a message has
 * its effect exactly once, however often it comes.
 */
import Database from 'libsql';

/** What it needs of a message; the feed, a topic and a webhook all have it. */
export interface Message {
  readonly type: string;
  readonly stream: string;
  readonly streamrevision: number;
  readonly data: { readonly organization?: string; readonly event: { readonly member?: string } };
}

/** Who takes a seat, and who gives it back. Types it does not know it passes over. */
const TAKES = ['member.accept', 'member.join', 'member.reactivate'];
const GIVES_BACK = ['member.remove', 'member.deactivate'];

const TABLES = `
  create table if not exists places (stream text primary key, revision integer not null);
  create table if not exists seats (
    organization text not null, member text not null, primary key (organization, member)
  );
  create table if not exists followed (name text primary key, cursor text not null);
`;

export class Seats {
  readonly #database: Database.Database;

  constructor(file: string) {
    this.#database = new Database(file);
    this.#database.exec(TABLES);
  }

  /**
   * True: it is taken in. False: it was before. Throws where one is missing in between: then an
   * event is lost, and counting on would be guessing.
   */
  take(message: Message): boolean {
    const { type, stream, streamrevision, data } = message;
    return this.#database.transaction(() => {
      const place = this.#one<{ revision: number }>(
        'select revision from places where stream = ?',
        stream,
      );
      const next = (place?.revision ?? -1) + 1;
      if (streamrevision < next) return false;
      if (streamrevision > next)
        throw new Error(`${stream} goes on at ${streamrevision}, not ${next}`);
      const { organization } = data;
      const { member } = data.event;
      if (organization !== undefined && member !== undefined) {
        if (TAKES.includes(type)) {
          this.#run('insert or ignore into seats values (?, ?)', organization, member);
        } else if (GIVES_BACK.includes(type)) {
          this.#run(
            'delete from seats where organization = ? and member = ?',
            organization,
            member,
          );
        }
      }
      if (type === 'organization.delete') {
        this.#run('delete from seats where organization = ?', organization);
      }
      this.#run('insert or replace into places values (?, ?)', stream, streamrevision);
      return true;
    })();
  }

  /** How many an organization has taken. */
  of(organization: string): number {
    const sql = 'select count(*) as count from seats where organization = ?';
    return this.#one<{ count: number }>(sql, organization)!.count;
  }

  /** Where the feed was read to. Only saves time: what is read again is dropped. */
  get cursor(): string | undefined {
    return this.#one<{ cursor: string }>('select cursor from followed where name = ?', 'feed')
      ?.cursor;
  }
  set cursor(cursor: string | undefined) {
    this.#run('insert or replace into followed values (?, ?)', 'feed', cursor);
  }

  close(): void {
    this.#database.close();
  }

  #one<Row>(sql: string, ...values: unknown[]): Row | undefined {
    return this.#database.prepare(sql).get(...values) as Row | undefined;
  }
  #run(sql: string, ...values: unknown[]): void {
    this.#database.prepare(sql).run(...values);
  }
}
