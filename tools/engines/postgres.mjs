// A private PostgreSQL for tests, from Debian's packages: a cluster in a folder of its own, on a
// port of loopback. `node tools/engines/postgres.mjs run
// COMMAND…` runs the command with POSTGRES_URL set and takes everything away after it.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chownSync, copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { chmodSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { freePort } from './free-port.mjs';

const VERSIONS = '/usr/lib/postgresql';

/** Where the newest installed version has its programs; `undefined`: there is none. */
const programs = () => {
  try {
    const [newest] = readdirSync(VERSIONS).sort((a, b) => Number(b) - Number(a));
    return newest && join(VERSIONS, newest, 'bin');
  } catch {
    return undefined;
  }
};

/** PostgreSQL does not run as root: then it is the user its package has made. */
const owner = () => {
  if (process.getuid?.() !== 0) return {};
  const id = (flag) => Number(execFileSync('id', [flag, 'postgres']).toString());
  return { uid: id('-u'), gid: id('-g') };
};

/** Nothing is flushed: the operating system outlives every crash that is tried here. */
const SETTINGS = { fsync: 'off', full_page_writes: 'off', max_connections: '200' };

export class PostgresCluster {
  #folder;
  #port;
  #owner;
  #settings;

  /** Why none can be started here; undefined: one can. */
  static missing() {
    return programs() === undefined ? `there is no PostgreSQL in ${VERSIONS}` : undefined;
  }

  /** Makes and starts one; throws where PostgreSQL is not installed. */
  static async start(settings = {}) {
    const cluster = new PostgresCluster();
    cluster.#settings = { ...SETTINGS, ...settings };
    const reason = PostgresCluster.missing();
    if (reason !== undefined) throw new Error(reason);
    cluster.bin = programs();
    cluster.#owner = owner();
    cluster.#folder = mkdtempSync(join(tmpdir(), 'postgres-'));
    const { uid, gid } = cluster.#owner;
    if (uid !== undefined) chownSync(cluster.#folder, uid, gid);
    cluster.#port = await freePort();
    const made = ['-D', cluster.data, '-U', 'membership', '-A', 'trust', '-E', 'UTF8', '--no-sync'];
    // It sorts as people do, where nobody says otherwise: that it must not matter is tested so.
    const locale = ['--locale=C.UTF-8', '--locale-provider=icu', '--icu-locale=en-US'];
    cluster.#run('initdb', [...made, ...locale]);
    cluster.begin();
    return cluster;
  }

  get data() {
    return join(this.#folder, 'data');
  }

  get #log() {
    return join(this.#folder, 'log');
  }

  get url() {
    return `postgres://membership@127.0.0.1:${this.#port}/postgres`;
  }

  /** Of the first process: what is to be killed. */
  get pid() {
    return Number(readFileSync(join(this.data, 'postmaster.pid'), 'utf8').split('\n', 1)[0]);
  }

  /** Starts what has ended, and waits until it serves. */
  begin() {
    const settings = Object.entries(this.#settings).map(([name, value]) => `-c ${name}=${value}`);
    const where = `-p ${this.#port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=`;
    const options = [where, ...settings].join(' ');
    this.#run('pg_ctl', [
      '-D',
      this.data,
      '-l',
      this.#log,
      '-o',
      options,
      '-w',
      '-t',
      '60',
      'start',
    ]);
  }

  /** From now on it lets in only who comes over TLS and gives a password; `key` and `cert` are files. */
  secure({ key, cert, password }) {
    const { uid, gid } = this.#owner;
    for (const [from, name] of [
      [key, 'server.key'],
      [cert, 'server.crt'],
    ]) {
      const file = join(this.data, name);
      copyFileSync(from, file);
      if (uid !== undefined) chownSync(file, uid, gid);
      chmodSync(file, 0o600);
    }
    const sql = `alter user membership password '${password}'`;
    this.#run('psql', [
      '-h',
      '127.0.0.1',
      '-p',
      String(this.#port),
      '-U',
      'membership',
      '-c',
      sql,
      'postgres',
    ]);
    this.end();
    writeFileSync(join(this.data, 'pg_hba.conf'), 'hostssl all all 127.0.0.1/32 scram-sha-256\n');
    this.#settings.ssl = 'on';
    this.begin();
  }

  /** Ends it: `fast` says goodbye to everybody, `immediate` to nobody, as a crash would. */
  end(mode = 'fast') {
    this.#run('pg_ctl', ['-D', this.data, '-m', mode, '-w', 'stop']);
  }

  /** Kills the server and all that serve connections, as if the machine's memory were gone. */
  async kill() {
    const { pid } = this;
    const children = spawnSync('pgrep', ['-P', String(pid)])
      .stdout.toString()
      .split('\n');
    for (const one of [String(pid), ...children].filter(Boolean)) {
      try {
        process.kill(Number(one), 'SIGKILL');
      } catch {
        // Ended by itself, when the first did.
      }
    }
    // Until nobody holds its memory, another one can't begin; nor while its file names a process that
    // has ended, and that nobody looks after.
    for (const one of [String(pid), ...children].filter(Boolean)) {
      while (isThere(Number(one))) await sleep(5);
    }
    rmSync(join(this.data, 'postmaster.pid'), { force: true });
  }

  /** Ends it and takes its folder away. */
  remove() {
    try {
      this.end('immediate');
    } catch {
      // It had ended.
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #run(program, parameters) {
    const command = join(this.bin, program);
    const { status, stdout, stderr } = spawnSync(command, parameters, {
      ...this.#owner,
      cwd: this.#folder,
      // The server keeps what it inherits: a pipe would never end.
      stdio: program === 'pg_ctl' ? 'ignore' : 'pipe',
    });
    if (status === 0) return;
    const log = program === 'pg_ctl' ? readFileSync(this.#log, 'utf8').slice(-2000) : stderr;
    throw new Error(`${program} failed: ${stdout ?? ''}${log}`);
  }
}

/** A zombie has ended: its parent has only not looked yet. */
const isThere = (pid) => {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.startsWith('Z');
  } catch {
    return false;
  }
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [, , verb, command, ...parameters] = process.argv;
  if (verb !== 'run' || command === undefined) throw new Error('usage: postgres.mjs run COMMAND…');
  const cluster = await PostgresCluster.start();
  const env = { ...process.env, POSTGRES_URL: cluster.url };
  const child = spawn(command, parameters, { stdio: 'inherit', env });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('error', () => cluster.remove());
  child.on('exit', (code) => {
    cluster.remove();
    process.exitCode = code ?? 1;
  });
}
