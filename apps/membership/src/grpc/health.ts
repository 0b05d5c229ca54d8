/** `grpc.health.v1`: whether it serves, asked once or watched; all of it and each service alike. */
import { status, type Server, type ServerWritableStream, type sendUnaryData } from '@grpc/grpc-js';
import { service } from 'grpc-health-check';

interface Said {
  readonly status: 'SERVING' | 'NOT_SERVING' | 'SERVICE_UNKNOWN';
}
interface Question {
  readonly request: { readonly service: string };
}
type Watch = ServerWritableStream<Question['request'], Said>;

export class Health {
  /** The empty name is all of it. */
  readonly #names: ReadonlySet<string>;
  readonly #watching = new Set<Watch>();
  #said: Said = { status: 'NOT_SERVING' };

  /** @param most so many may watch, who have said to nobody who they are. */
  constructor(
    server: Server,
    services: Iterable<string>,
    private readonly most: number,
  ) {
    this.#names = new Set(['', ...services]);
    server.addService(service, {
      check: (call: Question, answer: sendUnaryData<Said>) => {
        if (this.#knows(call)) answer(null, this.#said);
        else answer({ code: status.NOT_FOUND, details: 'There is no such service.' });
      },
      watch: (call: Watch) => this.#watch(call),
      list: (_: Question, answer: sendUnaryData<object>) => {
        const statuses = [...this.#names].map((name) => [name, this.#said] as const);
        answer(null, { statuses: Object.fromEntries(statuses) });
      },
    });
  }

  /** Whoever watches is told of a change, and of nothing else. */
  serves(isReady: boolean): void {
    const said = isReady ? 'SERVING' : 'NOT_SERVING';
    if (said === this.#said.status) return;
    this.#said = { status: said };
    for (const call of this.#watching) if (this.#knows(call)) call.write(this.#said);
  }

  /** It serves no more: whoever watches is told, and has to ask elsewhere. */
  end(): void {
    this.serves(false);
    const stopping = { code: status.UNAVAILABLE, details: 'The service is stopping.' };
    for (const call of this.#watching) call.emit('error', stopping);
    this.#watching.clear();
  }

  #watch(call: Watch): void {
    if (this.#watching.size >= this.most) {
      const details = 'Too many watch already; ask with Check.';
      return void call.emit('error', { code: status.RESOURCE_EXHAUSTED, details });
    }
    const left = (): unknown => this.#watching.delete(call);
    call.on('cancelled', left).on('error', left);
    this.#watching.add(call);
    call.write(this.#knows(call) ? this.#said : { status: 'SERVICE_UNKNOWN' });
  }

  #knows({ request }: Question): boolean {
    return this.#names.has(request.service);
  }
}
