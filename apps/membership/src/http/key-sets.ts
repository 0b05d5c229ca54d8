/** Where the public keys of configured issuers come from. */
import { readFile } from 'node:fs/promises';
import { Logger } from '@nestjs/common';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
} from 'jose';
import { SettingError, type Config, type IssuerSettings } from '../config.js';

/** What is asked of a token of one issuer. */
export interface TrustedIssuer {
  readonly issuer: string;
  readonly keys: JWTVerifyGetKey;
}

/** Nobody knows whether the token is good. */
export class KeySetUnreachable extends Error {}

/** @throws SettingError for a file that is no key set. */
export const configuredIssuers = (config: Config): Promise<TrustedIssuer[]> =>
  Promise.all(config.issuers.map(async (one) => ({ issuer: one.issuer, keys: await keysOf(one) })));

async function keysOf({ issuer, jwks }: IssuerSettings): Promise<JWTVerifyGetKey> {
  if (jwks?.startsWith('file:')) return fromFile(jwks);
  return reachable(issuer, jwks === undefined ? discovered(issuer) : remote(jwks));
}

async function fromFile(url: string): Promise<JWTVerifyGetKey> {
  try {
    return createLocalJWKSet(JSON.parse(await readFile(new URL(url), 'utf8')) as JSONWebKeySet);
  } catch {
    throw new SettingError('JWKS', `${url} is no key set to read; give a file {"keys": […]}`);
  }
}

const remote = (url: string): JWTVerifyGetKey => createRemoteJWKSet(new URL(url));

/** Asks the issuer's discovery document when the first token comes, so that a start needs nobody. */
function discovered(issuer: string): JWTVerifyGetKey {
  let keys: Promise<JWTVerifyGetKey> | undefined;
  const discover = async (): Promise<JWTVerifyGetKey> => {
    const base = issuer.replace(/\/$/, '');
    const answer = await fetch(`${base}/.well-known/openid-configuration`, {
      signal: AbortSignal.timeout(5000),
    });
    const { jwks_uri: uri } = (await answer.json()) as { jwks_uri: string };
    return remote(uri);
  };
  return async (header, token) => {
    keys ??= discover().catch((error: unknown) => {
      keys = undefined;
      throw error;
    });
    return (await keys)(header, token);
  };
}

/** Tells a key set that is not to be had from a key that is not in it. */
function reachable(issuer: string, keys: JWTVerifyGetKey): JWTVerifyGetKey {
  const log = new Logger('issuers');
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) throw error;
      if (error instanceof errors.JWKSMultipleMatchingKeys) throw error;
      if (error instanceof errors.JOSENotSupported) throw error;
      const { code, name, cause } = error as Error & { code?: string; cause?: { code?: string } };
      log.error({
        msg: 'JWKS: the key set can not be had; is its address right, and is it reached from here?',
        issuer,
        error: cause?.code ?? code ?? name,
      });
      throw new KeySetUnreachable();
    }
  };
}
