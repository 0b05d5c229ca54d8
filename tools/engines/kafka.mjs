// A real Apache Kafka, in KRaft mode, for tests: `node tools/engines/kafka.mjs run COMMAND…` runs the
// command with KAFKA_BROKERS set and takes everything away after it. Needs Java 17 and Maven; the jars
// are fetched once, into ~/.cache (or $XDG_CACHE_HOME).
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.mjs';

const VERSION = '4.3.1';
const CACHE = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
const JARS = join(CACHE, 'membership-engines', `kafka-${VERSION}`);

const has = (program, ...options) => {
  try {
    execFileSync(program, options, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

/** Why none can be started here; undefined: one can. */
export const missing = () =>
  !has('java', '-version')
    ? 'there is no java'
    : !existsSync(JARS) && !has('mvn', '--version')
      ? 'there is no mvn to fetch Apache Kafka with'
      : undefined;

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>membership</groupId><artifactId>engines</artifactId><version>1</version><dependencies>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId>
<version>${VERSION}</version></dependency></dependencies></project>`;

/** The folder of the jars, fetched where they are not there yet. */
function jars() {
  if (existsSync(JARS)) return JARS;
  mkdirSync(join(JARS, '..'), { recursive: true });
  const folder = mkdtempSync(`${JARS}-`);
  writeFileSync(join(folder, 'pom.xml'), POM);
  const copy = ['dependency:copy-dependencies', '-DincludeScope=runtime', '-DoutputDirectory=jars'];
  execFileSync('mvn', ['-q', '-B', ...copy], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (!existsSync(JARS)) renameSync(join(folder, 'jars'), JARS);
  rmSync(folder, { recursive: true, force: true });
  return JARS;
}

const listens = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

const listeners = (secure) =>
  secure ? `,SSL://127.0.0.1:${secure.port},SASL_SSL://127.0.0.1:${secure.passwordPort}` : '';

/** A certificate with its key, as PEM, and one user, who gives a password. */
const secured = (secure) =>
  secure
    ? `ssl.keystore.type=PEM
ssl.keystore.location=${secure.pem}
sasl.enabled.mechanisms=PLAIN
listener.name.sasl_ssl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_${secure.user}="${secure.password}";`
    : '';

/** Small, quick to start, and nothing made by itself. */
const settings = ({ id, port, control, voters, folder, copies, secure }) => `
process.roles=broker,controller
node.id=${id}
controller.quorum.voters=${voters}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${control}${listeners(secure)}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}${listeners(secure)}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL
${secured(secure)}
log.dirs=${join(folder, `data-${id}`)}
auto.create.topics.enable=false
offsets.topic.num.partitions=1
offsets.topic.replication.factor=${copies}
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=${copies}
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
num.network.threads=2
num.io.threads=4
broker.session.timeout.ms=6000
`;

const java = (...options) => [
  ...['-Xmx320m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', join(jars(), '*')],
  ...options,
];

/**
 * Starts so many brokers, each with files of its own in a new folder. `kill(n)` ends one at once as
 * `kill -9` does, `start(n)` begins it again with what it has on disk; `stop()` ends and removes all.
 * With `{ pem, user, password }` the first is to be had over TLS, too, with and without a password.
 * Throws where none can be started.
 */
export async function startKafka(count = 1, security = undefined) {
  const reason = missing();
  if (reason !== undefined) throw new Error(`no Kafka: ${reason}`);
  const folder = mkdtempSync(join(tmpdir(), 'kafka-'));
  // One that begins with a hyphen would be read as an option.
  const cluster = `a${randomBytes(16).toString('base64url').slice(1)}`;
  const ports = [];
  for (let n = 0; n < count; n += 1) ports.push([await freePort(), await freePort()]);
  const voters = ports.map(([, control], n) => `${n + 1}@127.0.0.1:${control}`).join(',');
  const running = new Map();
  const secure = security && {
    ...security,
    port: await freePort(),
    passwordPort: await freePort(),
  };

  ports.forEach(([port, control], n) => {
    const file = join(folder, `${n + 1}.properties`);
    const copies = Math.min(3, count);
    const one = { id: n + 1, port, control, voters, folder, copies };
    writeFileSync(file, settings({ ...one, secure: n === 0 ? secure : undefined }));
    const format = java('kafka.tools.StorageTool', 'format', '-t', cluster, '-c', file);
    execFileSync('java', format, { stdio: 'ignore' });
  });

  const begin = (n) => {
    const log = join(folder, `${n + 1}.log`);
    const output = openSync(log, 'a');
    const child = spawn('java', java('kafka.Kafka', join(folder, `${n + 1}.properties`)), {
      stdio: ['ignore', output, output],
      env: { ...process.env, LOG_DIR: folder },
    });
    running.set(n, child);
    return child;
  };
  const ready = async (n, patience = 120_000) => {
    const end = Date.now() + patience;
    while (!(await listens(ports[n][0]))) {
      const { exitCode } = running.get(n) ?? {};
      if (exitCode != null || Date.now() > end) {
        throw new Error(
          `broker ${n} did not start:\n${readFileSync(join(folder, `${n + 1}.log`))}`,
        );
      }
      await delay(50);
    }
  };
  const kill = async (n, signal = 'SIGKILL') => {
    const child = running.get(n);
    running.delete(n);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => {
      child.once('exit', resolve);
    });
    child.kill(signal);
    await ended;
  };

  ports.forEach((_, n) => begin(n));
  await Promise.all(ports.map((_, n) => ready(n)));
  return {
    brokers: ports.map(([port]) => `127.0.0.1:${port}`).join(','),
    overTls: `127.0.0.1:${secure?.port}`,
    withPassword: `127.0.0.1:${secure?.passwordPort}`,
    kill,
    /** Ends once it listens again. */
    async start(n) {
      begin(n);
      await ready(n);
    },
    async stop() {
      await Promise.all([...running.keys()].map((n) => kill(n)));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , verb, command, ...parameters] = process.argv;
  if (verb !== 'run' || command === undefined) throw new Error('usage: kafka.mjs run COMMAND…');
  const kafka = await startKafka();
  const env = { ...process.env, KAFKA_BROKERS: kafka.brokers };
  const child = spawn(command, parameters, { stdio: 'inherit', env });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  const code = await new Promise((resolve) => {
    child.on('exit', resolve).on('error', resolve);
  });
  await kafka.stop();
  process.exitCode = typeof code === 'number' ? code : 1;
}
