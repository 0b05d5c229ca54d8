/** What a monitoring system scrapes; names and numbers only, nothing about anybody. */
import { Controller, Get, Header, Injectable } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { Vitals } from '../vitals.js';
import { Public } from './caller.js';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];

@Injectable()
export class Metrics {
  readonly registry = new Registry();
  readonly requests = new Histogram({
    name: 'membership_http_request_seconds',
    help: 'Time to answer a request, by route',
    labelNames: ['method', 'route', 'status'],
    buckets: SECONDS,
    registers: [this.registry],
  });
  readonly calls = new Histogram({
    name: 'membership_grpc_request_seconds',
    help: 'Time to answer a call of gRPC, or until its stream ends, by method',
    labelNames: ['method', 'status'],
    buckets: SECONDS,
    registers: [this.registry],
  });
  readonly commands = new Counter({
    name: 'membership_commands_total',
    help: 'Commands by name and what became of them: done, or the code of the refusal',
    labelNames: ['command', 'outcome'],
    registers: [this.registry],
  });
  readonly commandSeconds = new Histogram({
    name: 'membership_command_seconds',
    help: 'Time from a command to its outcome',
    labelNames: ['command'],
    buckets: SECONDS,
    registers: [this.registry],
  });
  readonly #ready = new Gauge({
    name: 'membership_ready',
    help: '1 while commands and reads are served; health says why not',
    registers: [this.registry],
  });
  readonly #lag = new Gauge({
    name: 'membership_follower_lag',
    help: 'Positions of the log a follower has not applied yet',
    labelNames: ['follower'],
    registers: [this.registry],
  });
  readonly #failing = new Gauge({
    name: 'membership_follower_failing',
    help: '1 while a follower does not go on; health says why',
    labelNames: ['follower'],
    registers: [this.registry],
  });
  readonly #head = new Gauge({
    name: 'membership_log_head',
    help: 'Position of the last event of the log',
    registers: [this.registry],
  });
  readonly #quarantined = new Gauge({
    name: 'membership_quarantined_organizations',
    help: 'Organizations a read model can not apply',
    registers: [this.registry],
  });

  constructor(private readonly vitals: Vitals) {
    collectDefaultMetrics({ register: this.registry });
  }

  async text(): Promise<string> {
    const { ready, followers, head, quarantined } = await this.vitals.look();
    this.#ready.set(ready ? 1 : 0);
    // A build that has taken its place follows no more.
    this.#lag.reset();
    this.#failing.reset();
    for (const { name, lag, running } of followers) {
      this.#lag.set({ follower: name }, Number(lag));
      this.#failing.set({ follower: name }, running ? 0 : 1);
    }
    // Where nobody knows it, a zero would be growth to whoever watches how it grows.
    if (head === null) this.#head.remove();
    else this.#head.set(Number(head));
    this.#quarantined.set(new Set(quarantined.map((one) => one.organization)).size);
    return this.registry.metrics();
  }
}

@ApiExcludeController()
@Public()
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get()
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  scrape(): Promise<string> {
    return this.metrics.text();
  }
}
