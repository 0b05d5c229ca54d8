/** The connections of a web server, and their end: node's `close` waits for each whose peer has begun
 * to ask, or has not, for as long as the peer likes. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export class Connections {
  /** Requests on each that is open that are not yet answered. */
  readonly #open = new Map<Socket, number>();
  #isEnding = false;

  constructor(private readonly server: Server) {
    server.on('connection', (socket: Socket) => {
      this.#count(socket, 0);
      socket.once('close', () => this.#open.delete(socket));
    });
    server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
      this.#count(socket, 1);
      response.once('close', () => this.#count(socket, -1));
    });
  }

  /**
   * Ends each on which nothing is to be answered, at once or when it has been, and whatever is left
   * after so many milliseconds.
   */
  end(grace: number): void {
    this.#isEnding = true;
    for (const socket of this.#open.keys()) this.#count(socket, 0);
    setTimeout(() => this.server.closeAllConnections(), grace).unref();
  }

  #count(socket: Socket, more: number): void {
    const asked = (this.#open.get(socket) ?? 0) + more;
    if (!socket.destroyed) this.#open.set(socket, asked);
    if (this.#isEnding && asked === 0) socket.destroySoon();
  }
}
