/**
 * Revisions: (organization, place in its stream). Opaque to callers; the client reads them, to know
 * which of two is later. One that it can't read it hands on, and compares with nothing.
 */
import { Heard, SILENCE } from './heard.js';

const PLATFORM = 'platform';
/** Between a revision of the organization and one of the platform. */
const AND = '~';
/** Milliseconds in which a stream that is still heard has told what was before. */
const UNSURE = 2 * SILENCE;
/** Milliseconds after which a service that has not come to what was written never will: it was
 * restored from an older backup. */
const LOST = 60_000;

export interface Revision {
  readonly organization: string;
  readonly place: number;
}

/** What the token says, if it says something this client knows. */
export function readRevision(token: string): Revision | undefined {
  const plain = Buffer.from(token, 'base64url').toString('latin1');
  const [, organization, place] = /^([a-z0-9_]{3,64}) (-1|\d{1,15})$/.exec(plain) ?? [];
  return organization === undefined ? undefined : { organization, place: Number(place) };
}

interface Own {
  readonly token: string;
  readonly place: number;
  readonly written: Heard;
}

/** The latest revision that this client's own writes were answered with, of each organization. */
export class OwnWrites {
  readonly #latest = new Map<string, Own>();
  readonly #platform = new Heard(UNSURE);

  /** Takes in what a write was answered with. */
  note(answer: unknown): void {
    const { revision, results } = (answer ?? {}) as { revision?: unknown; results?: unknown };
    if (Array.isArray(results)) for (const one of results) this.note(one);
    if (typeof revision !== 'string') return;
    const read = readRevision(revision);
    if (read === undefined) return;
    const { organization, place } = read;
    if (organization === PLATFORM) this.#platform.now();
    const before = this.#latest.get(organization);
    if (before === undefined || before.place < place) {
      const written = new Heard(LOST);
      written.now();
      this.#latest.set(organization, { token: revision, place, written });
    }
  }

  /** Has this client just written to the platform? That changes answers in every organization, and
   * what was told of those says nothing of it. */
  get isPlatformFresh(): boolean {
    return this.#platform.isRecent;
  }

  /** What the service has to have reached: of the organization and of the platform each the later
   * of the revision asked for and that of the own writes. */
  atLeast(organization: string, asked: string | undefined): string | undefined {
    return this.#later([organization, PLATFORM], asked);
  }

  /** The same of what is told of the organization, which says nothing of the platform. */
  toldAtLeast(organization: string, asked: string | undefined): string | undefined {
    return this.#later([organization], asked);
  }

  #later(organizations: readonly string[], asked: string | undefined): string | undefined {
    const wanted = new Map<string, string>();
    for (const token of asked?.split(AND) ?? []) {
      const read = readRevision(token);
      if (read === undefined) return asked;
      wanted.set(read.organization, token);
    }
    for (const of of organizations) {
      const own = this.#latest.get(of);
      if (own === undefined) continue;
      const there = readRevision(wanted.get(of) ?? '');
      if (there === undefined || there.place < own.place) wanted.set(of, own.token);
    }
    return wanted.size === 0 ? undefined : [...wanted.values()].join(AND);
  }

  /** The service has not come to what was written there, or to the platform: what of it was long
   * ago is forgotten. */
  isLost(organization: string): boolean {
    const lost = [organization, PLATFORM].filter(
      (of) => this.#latest.get(of)?.written.isRecent === false,
    );
    for (const of of lost) this.#latest.delete(of);
    return lost.length > 0;
  }
}
