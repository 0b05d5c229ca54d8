/** A program of somebody else that answers over HTTP, as a process of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export class Program {
  /** Its own, gone when it is stopped. */
  readonly directory = mkdtempSync(join(tmpdir(), 'membership-peer-'));
  #process: ChildProcess | undefined;
  #output = '';

  /** @param health answered with 200 as soon as it serves. */
  async start(path: string, parameters: readonly string[], health: string): Promise<void> {
    const child = spawn(path, parameters, {
      cwd: this.directory,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    process.once('exit', () => child.kill('SIGKILL'));
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        this.#output = (this.#output + chunk.toString()).slice(-2000);
      });
    }
    for (let tries = 0; tries < 600; tries += 1) {
      if (child.exitCode !== null) break;
      const isThere = await fetch(health).then(
        ({ ok }) => ok,
        () => false,
      );
      if (isThere) return;
      await sleep(50);
    }
    await this.stop();
    throw new Error(`${path} does not serve:\n${this.#output}`);
  }

  /** Resident bytes, where the system tells. */
  memory(): number | undefined {
    return residentBytes(this.#process?.pid);
  }

  async stop(): Promise<void> {
    const child = this.#process;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    }
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export function residentBytes(pid: number | undefined): number | undefined {
  const file = `/proc/${pid}/status`;
  if (pid === undefined || !existsSync(file)) return undefined;
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(file, 'utf8')) ?? [];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** Sends JSON and gives the JSON answered; throws at any status but a good one. */
export function post<T>(url: string, body: unknown, headers: object = {}): Promise<T> {
  const payload = Buffer.from(JSON.stringify(body));
  return new Promise((resolve, reject) => {
    const sized = { 'content-type': 'application/json', 'content-length': payload.length };
    const outgoing = request(
      url,
      { method: 'POST', agent, timeout: 60_000, headers: { ...sized, ...headers } },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          if (incoming.statusCode! < 300) return resolve(JSON.parse(text) as T);
          reject(new Error(`${url} answered ${incoming.statusCode}: ${text.slice(0, 500)}`));
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.on('timeout', () => outgoing.destroy(new Error(`${url}: no answer`)));
    outgoing.end(payload);
  });
}
