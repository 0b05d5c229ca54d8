/**
 * A projection of a subscriber's own: how many seats each organization has taken, as a bill counts
 * them. What a message says and the place it was at are written in one transaction, so a message has
 * its effect exactly once, however often it comes.
 */
import Database from 'libsql';

/** What it needs of a message of a topic, or of the feed. */
export interface Message {
  readonly id: string;
  readonly type: string;
  readonly stream: string;
  readonly streamrevision: number;
  readonly data: { readonly organization?: string; readonly event: { readonly member?: string } };
}

/** Who takes a seat, and who gives it back. Types it does not know it passes over. */
const TAKES = ['member.accept', 'member.join', 'member.reactivate'];
const GIVES_BACK = ['member.remove', 'member.deactivate'];

const TABLES = `
  create table if not exists places (
    stream text primary key, revision integer not null, id text not null, closed text
  );
  create table if not exists seats (
    organization text not null, member text not null, primary key (organization, member)
  );
  create table if not exists followed (name text primary key, cursor text not null);
`;

/** The last message of a stream that was taken in; `closed`: why no other one will be. */
interface Place {
  readonly revision: number;
  readonly id: string;
  readonly closed: string | null;
}
const BEGINNING: Place = { revision: -1, id: '', closed: null };

export class Seats {
  readonly #database: Database.Database;

  /** @param report is told why a stream is closed. */
  constructor(
    file: string,
    private readonly report: (why: string) => void,
  ) {
    this.#database = new Database(file);
    this.#database.exec(TABLES);
  }

  /**
   * True: it is taken in. False: it was before, or its stream is closed. Where one is missing in between
   * an event is lost, and where another one has the last place the log was restored from a backup:
   * counting on would be guessing, so that the stream is closed, and others go on.
   */
  take(message: Message): boolean {
    const { id, stream, streamrevision } = message;
    return this.#database.transaction(() => {
      const sql = 'select revision, id, closed from places where stream = ?';
      const place = this.#one<Place>(sql, stream) ?? BEGINNING;
      const next = place.revision + 1;
      if (place.closed !== null) return false;
      if (streamrevision > next) {
        return this.#close(stream, place, `${stream} goes on at ${streamrevision}, not ${next}`);
      }
      if (streamrevision === place.revision && id !== place.id) {
        return this.#close(stream, place, `${stream} has another event at ${streamrevision}`);
      }
      if (streamrevision < next) return false;
      this.#count(message);
      this.#put(stream, { revision: streamrevision, id, closed: null });
      return true;
    })();
  }

  #count({ type, data }: Message): void {
    const { organization } = data;
    const { member } = data.event;
    if (organization !== undefined && member !== undefined) {
      if (TAKES.includes(type)) {
        this.#run('insert or ignore into seats values (?, ?)', organization, member);
      } else if (GIVES_BACK.includes(type)) {
        this.#run('delete from seats where organization = ? and member = ?', organization, member);
      }
    }
    if (type === 'organization.delete') {
      this.#run('delete from seats where organization = ?', organization);
    }
  }

  #close(stream: string, place: Place, why: string): false {
    this.#put(stream, { ...place, closed: why });
    this.report(why);
    return false;
  }

  #put(stream: string, { revision, id, closed }: Place): void {
    this.#run('insert or replace into places values (?, ?, ?, ?)', stream, revision, id, closed);
  }

  /** Why each stream is closed that is: what it says of its organization is old. */
  get closed(): string[] {
    const sql = 'select closed from places where closed is not null order by stream';
    const rows = this.#database.prepare(sql).all() as { closed: string }[];
    return rows.map(({ closed }) => closed);
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
