/** A way to PostgreSQL that can be cut where it hurts most: around a COMMIT. */
import { connect, createServer, type Server, type Socket } from 'node:net';

/** `before`: the COMMIT never arrives; `after`: it does, and its answer is lost. */
export type Cut = 'before' | 'after';

export class Cutting {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #next: Cut | undefined;
  #word = '';
  #isAway = false;
  #isDeaf = false;
  readonly #silent = new WeakSet<Socket>();
  /** How many were cut. */
  cuts = 0;

  private constructor(private readonly to: URL) {
    this.#server = createServer((near) => this.#join(near));
  }

  /** @param url of the server; see `url` for the way to it. */
  static async open(url: string): Promise<Cutting> {
    const way = new Cutting(new URL(url));
    await new Promise<void>((resolve) => {
      way.#server.listen(0, '127.0.0.1', resolve);
    });
    return way;
  }

  get url(): string {
    const url = new URL(this.to);
    url.port = String((this.#server.address() as { port: number }).port);
    return url.href;
  }

  /**
   * The next COMMIT, whoever sends it, is cut.
   * @param word what it stands in: by itself that of whoever writes the read models.
   */
  cut(how: Cut, word = ';commit'): void {
    this.#next = how;
    this.#word = word;
  }

  /** From here on nobody gets through, and who was through is cut off. */
  away(): void {
    this.#isAway = true;
    for (const one of this.#sockets) one.destroy();
  }

  /** From here on whoever listens for news of others hears none. */
  deafen(): void {
    this.#isDeaf = true;
  }

  /** Nothing more comes through on connections that are open, and nobody is told. */
  silence(): void {
    for (const one of this.#sockets) this.#silent.add(one);
  }

  back(): void {
    this.#isAway = false;
  }

  close(): void {
    this.#server.close();
    for (const one of this.#sockets) one.destroy();
  }

  #join(near: Socket): void {
    if (this.#isAway) {
      near.destroy();
      return;
    }
    const far = connect(Number(this.to.port), this.to.hostname);
    let answerIsLost = false;
    const end = (): void => {
      near.destroy();
      far.destroy();
    };
    for (const one of [near, far]) {
      this.#sockets.add(one);
      one.setNoDelay(true);
      one.on('error', end);
      one.on('close', () => {
        this.#sockets.delete(one);
        end();
      });
    }
    near.on('data', (bytes: Buffer) => {
      if (this.#silent.has(near)) return;
      if (this.#next !== undefined && bytes.includes(this.#word)) {
        const how = this.#next;
        this.#next = undefined;
        this.cuts += 1;
        if (how === 'before') return end();
        answerIsLost = true;
      }
      far.write(this.#isDeaf ? unheard(bytes) : bytes);
    });
    far.on('data', (bytes: Buffer) => (answerIsLost ? end() : near.write(bytes)));
  }
}

/** As long as it was, so that the message around it stays as it is. */
const unheard = (bytes: Buffer): Buffer =>
  Buffer.from(bytes.toString('latin1').replace(/\blisten /, 'notify '), 'latin1');
