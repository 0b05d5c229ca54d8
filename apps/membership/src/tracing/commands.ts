/** Commands and appends: what a trace shows of writing. */
import type { EventLog } from '#eventlog/event-log.js';
import { Refusal } from '#domain/refusals.js';
import type { Outcome } from '#commands/request.js';
import { Transactor } from '#commands/transact.js';
import { beginAll, nameOf, within, type Attributes, type Tracing } from './tracing.js';

type Given = Parameters<Transactor['transact']>;

/** A span for each command, kept in its events, so that whatever follows them finds it. */
export class TracedTransactor extends Transactor {
  constructor(
    private readonly tracing: Tracing,
    ports: ConstructorParameters<typeof Transactor>[0],
  ) {
    super({ ...ports, log: tracedAppends(ports.log, tracing) });
  }

  override async transact(...[organization, asked, ...rest]: Given): Promise<Outcome> {
    const { traceparent: parent, ...request } = asked;
    const { kind } = request.actor;
    const attributes = { 'membership.organization': organization, 'membership.actor': kind };
    const span = this.tracing.begin({ name: 'transact', kind: 'internal', attributes }, parent);
    // What is left out is not kept: an event is for ever.
    const { traceparent } = span;
    const traced = span.isSampled ? { ...request, traceparent } : request;
    try {
      const outcome = await super.transact(organization, traced, ...rest);
      span.end(told(outcome));
      return outcome;
    } catch (error) {
      if (error instanceof Refusal) span.end({ 'membership.refusal': error.code });
      else span.end({}, nameOf(error));
      throw error;
    }
  }
}

const told = ({ events, revision, replayed }: Outcome): Attributes => ({
  'membership.events': [...new Set(events.map(({ event }) => event.type))],
  'membership.revision': revision,
  'membership.replayed': replayed,
});

/** The same log, with a span for each append in the traces of its events. */
function tracedAppends(log: EventLog, tracing: Tracing): EventLog {
  const append: EventLog['append'] = (events) => {
    const [first] = events;
    const attributes = {
      'membership.stream': first?.stream ?? '',
      'membership.revision': first?.revision ?? -1,
      'membership.count': events.length,
    };
    const parents = events.map(({ metadata }) => metadata.traceparent);
    const spans = beginAll(tracing, { name: 'append', kind: 'client', attributes }, parents);
    return within(
      spans,
      () => log.append(events),
      ({ outcome }) => ({ 'membership.outcome': outcome }),
    );
  };
  return new Proxy(log, {
    get: (_, name) => {
      if (name === 'append') return append;
      const value: unknown = Reflect.get(log, name, log);
      return typeof value === 'function' ? (value.bind(log) as unknown) : value;
    },
  });
}
