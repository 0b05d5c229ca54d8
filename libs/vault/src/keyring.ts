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

/**
 * Puts a new current key into a ring of the file and returns its id. Wrapping keys: then `rewrap`
 * the vault. Older keys stay until somebody takes them out.
 */
export const rotateKey = (file: string, name: RingName): string => {
  const kept = readRings(file);
  if (kept === undefined) throw new KeysMissing(`${file} does not exist`);
  const { keys } = parseRing(name, kept[name].join(','));
  let next = keys.size + 1;
  while (keys.has(`k${next}`)) next++;
  writeRings(file, { ...kept, [name]: [generated(`k${next}`), ...kept[name]] });
  return `k${next}`;
};

const ENTRY = /^([a-z0-9]{1,16}):([A-Za-z0-9+/_-]{43}=?)$/;

/** Reads `id:base64,id:base64`: ids of `[a-z0-9]{1,16}`, keys of 32 bytes, the current one first. */
export const parseRing = (name: RingName, text: string): Ring => {
  const keys = new Map<string, Buffer>();
  for (const entry of text.split(',')) {
    const [, id, key] = ENTRY.exec(entry.trim()) ?? [];
    if (id === undefined || key === undefined) {
      throw new KeysInvalid(
        `the ${name} keys are to be written id:key,id:key with ids of [a-z0-9] and keys of ${KEY_BYTES} bytes in base64`,
      );
    }
    if (keys.has(id)) throw new KeysInvalid(`the ${name} keys name ${id} twice`);
    keys.set(id, Buffer.from(key, 'base64'));
  }
  const [current] = keys.keys();
  return { current: current as string, keys };
};

type KeptRings = { readonly [N in RingName]: readonly string[] };

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
