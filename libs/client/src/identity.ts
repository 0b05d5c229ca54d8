/** Who asks: what every request is sent with. */
import { unreachable } from './errors.js';

export type Token = string | (() => string | Promise<string>);

/**
 * Headers that say who asks. Where no token is given, or not before the signal ends, the service is
 * as good as unreachable.
 */
export async function identify(
  token: Token,
  signal: AbortSignal,
): Promise<{ readonly authorization: string }> {
  try {
    const given = typeof token === 'string' ? token : await before(signal, token());
    return { authorization: `Bearer ${given}` };
  } catch (cause) {
    throw unreachable(cause, 'No token was given');
  }
}

const before = <T>(signal: AbortSignal, given: T | Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    const end = () => reject(signal.reason as Error);
    signal.addEventListener('abort', end, { once: true });
    void Promise.resolve(given)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', end));
    if (signal.aborted) end();
  });
