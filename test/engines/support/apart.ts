/** A machine of its own, as far as the network knows, whose cable can be pulled. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';

const ip = (...parameters: readonly string[]): void => {
  execFileSync('ip', parameters, { stdio: 'pipe' });
};

/** A network namespace of Linux, with one cable between it and this machine. */
export class Apart {
  readonly #name = `apart${randomInt(1e6)}`;
  readonly #near = `${this.#name}n`;
  readonly #far = `${this.#name}f`;
  readonly #net = `10.${randomInt(64, 250)}.${randomInt(1, 250)}`;

  /** @throws where this machine makes none: without `ip`, or not by this user */
  constructor() {
    ip('netns', 'add', this.#name);
    try {
      ip('link', 'add', this.#near, 'type', 'veth', 'peer', this.#far, 'netns', this.#name);
      ip('addr', 'add', `${this.here}/30`, 'dev', this.#near);
      ip('link', 'set', this.#near, 'up');
      ip('-n', this.#name, 'addr', 'add', `${this.there}/30`, 'dev', this.#far);
      ip('-n', this.#name, 'link', 'set', this.#far, 'up');
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  /** Why there can be none; undefined: there can. */
  static missing(): string | undefined {
    try {
      new Apart().remove();
      return undefined;
    } catch {
      return 'skipped: no network namespace can be made';
    }
  }

  /** This machine's address, as seen from there. */
  get here(): string {
    return `${this.#net}.1`;
  }

  get there(): string {
    return `${this.#net}.2`;
  }

  /** Starts a process there. */
  spawn(command: string, parameters: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
    const there = ['netns', 'exec', this.#name, command, ...parameters];
    return spawn('ip', there, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  }

  /** Nothing comes through any more, and nobody says so. */
  pull(): void {
    ip('-n', this.#name, 'link', 'set', this.#far, 'down');
  }

  remove(): void {
    ip('netns', 'del', this.#name);
  }
}
