import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { KEY_BYTES } from './cipher.js';

/** Keys with ids. New things are made with the current one, the others still open old ones. */
export interface Ring {
  /** Id of the current key. */
  readonly current: string;
  readonly keys: ReadonlyMap<string, Buffer>;
}

/** Every secret of an installation that is not in a table. */
export interface Keyring {
  /** Wraps the data keys and tag keys in the vault. */
  readonly wrapping: Ring;
  /** Signs invitation links. */
  readonly tokens: Ring;
}
export type RingName = keyof Keyring;

/** A ring that can't be read; says which one and why. */
export class KeysInvalid extends Error {}

/** There is a log, and the keys it was written with are not here. */
export class KeysMissing extends Error {}

export interface KeyringOptions {
  /** Rings given by configuration, as `id:base64,id:base64`, the current one first. */
  readonly wrapping?: string;
  readonly tokens?: string;
  /** Where generated keys are kept: `DATA_DIR/keys.json`. */
  readonly file: string;
  /** Whether a log is there already: then keys are never generated, they would open nothing. */
  readonly logExists: boolean;
}

/**
 * The rings from the configuration, else from the file, else, for a fresh installation, generated
 * into the file (mode 0600). Throws `KeysInvalid`, or `KeysMissing` for a log without its keys.
 */
export const loadKeyring = (options: KeyringOptions): Keyring => {
  const { wrapping, tokens, file, logExists } = options;
  if (wrapping !== undefined && tokens !== undefined) {
    return { wrapping: parseRing('wrapping', wrapping), tokens: parseRing('tokens', tokens) };
  }
  let kept = readRings(file);
  if (kept === undefined) {
    if (logExists) {
      throw new KeysMissing(
        `there is an event log, but not its keys (${file}); restore them, nothing else opens what the log holds`,
      );
    }
    kept = { wrapping: [generated('k1')], tokens: [generated('k1')] };
    writeRings(file, kept);
  }
  return {
    wrapping: parseRing('wrapping', wrapping ?? kept.wrapping.join(',')),
    tokens: parseRing('tokens', tokens ?? kept.tokens.join(',')),
  };
};

/** Ids of a ring of the file, the current one first. Throws `KeysMissing` where there is none. */
export const keysIn = (file: string, name: RingName): string[] => [
  ...parseRing(name, ringsOf(file)[name].join(',')).keys.keys(),
];

/**
 * Puts a new current key into a ring of the file and returns its id. Wrapping keys: then `rewrap`
 * the vault. Older keys stay until somebody takes them out.
 */
export const rotateKey = (file: string, name: RingName): string => {
  // An id that was taken away is not given again: backups may know it.
  const numbers = keysIn(file, name).map((id) => Number(/^k(\d+)$/.exec(id)?.[1] ?? 0));
  const next = Math.max(...numbers) + 1;
  const kept = ringsOf(file);
  writeRings(file, { ...kept, [name]: [generated(`k${next}`), ...kept[name]] });
  return `k${next}`;
};

/**
 * Takes an older key out of a ring of the file, for good. Throws `KeysInvalid` for the current one,
 * and for one that is not there.
 * @param check throws where what is left does not do.
 */
export const retireKey = async (
  file: string,
  name: RingName,
  id: string,
  check: (left: Ring) => Promise<void>,
): Promise<void> => {
  const [current, ...older] = keysIn(file, name);
  if (id === current) {
    throw new KeysInvalid(`${id} is the current one of the ${name} keys; rotate them first`);
  }
  if (!older.includes(id)) {
    throw new KeysInvalid(`${id} is none of the ${name} keys: ${[current, ...older].join(', ')}`);
  }
  const kept = ringsOf(file);
  const left = kept[name].filter((entry) => !entry.trim().startsWith(`${id}:`));
  await check(parseRing(name, left.join(',')));
  writeRings(file, { ...kept, [name]: left });
};

const ENTRY = /^([a-z0-9]{1,16}):([A-Za-z0-9+/_-]{43}=?)$/;

/** Reads `id:base64,id:base64`: ids of `[a-z0-9]{1,16}`, keys of 32 bytes, the current one first. */
export const parseRing = (name: RingName, text: string): Ring => {
  const keys = new Map<string, Buffer>();
  const named = `the ${name === 'tokens' ? 'token' : name} keys`;
  for (const entry of text.split(',')) {
    const [, id, key] = ENTRY.exec(entry.trim()) ?? [];
    if (id === undefined || key === undefined) {
      throw new KeysInvalid(
        `${named} are to be written id:key,id:key with ids of [a-z0-9] and keys of ${KEY_BYTES} bytes in base64`,
      );
    }
    if (keys.has(id)) throw new KeysInvalid(`${named} name ${id} twice`);
    keys.set(id, Buffer.from(key, 'base64'));
  }
  const [current] = keys.keys();
  return { current: current as string, keys };
};

type KeptRings = { readonly [N in RingName]: readonly string[] };

const ringsOf = (file: string): KeptRings => {
  const kept = readRings(file);
  if (kept === undefined) throw new KeysMissing(`${file} does not exist`);
  return kept;
};

const generated = (id: string): string => `${id}:${randomBytes(KEY_BYTES).toString('base64')}`;

const readRings = (file: string): KeptRings | undefined => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { wrapping, tokens } = JSON.parse(text) as Partial<KeptRings>;
    if (Array.isArray(wrapping) && Array.isArray(tokens)) return { wrapping, tokens };
  } catch {
    // Said below; the text itself stays out of the message.
  }
  throw new KeysInvalid(`${file} is not a file of keys; restore it from a backup`);
};

/** Durable, and whole or not at all. */
const writeRings = (file: string, rings: KeptRings): void => {
  const draft = `${file}.new`;
  rmSync(draft, { force: true });
  const handle = openSync(draft, 'wx', 0o600);
  try {
    writeSync(handle, `${JSON.stringify(rings, undefined, 2)}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(draft, file);
  const directory = openSync(dirname(file), 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
};
