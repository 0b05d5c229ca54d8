/** What a client is made with, before it is used. */
import type { CallsOptions } from './calls.js';

/** @throws TypeError for what no request could be sent with. */
export function requireOptions({ baseUrl, token }: CallsOptions): void {
  const address = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (address === undefined || !/^https?:$/.test(address.protocol)) {
    throw new TypeError(
      `baseUrl: give the address of the service, such as https://membership.example.com; "${baseUrl}" is none`,
    );
  }
  if (/\/api\/v1\/?$/.test(address.pathname)) {
    throw new TypeError('baseUrl: leave out /api/v1, which is put behind it');
  }
  if (typeof token !== 'function' && (typeof token !== 'string' || token === '')) {
    throw new TypeError('token: give an API key, or a function that gives an access token');
  }
}
