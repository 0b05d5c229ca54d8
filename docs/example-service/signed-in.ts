import { ServiceUnavailableException } from '@nestjs/common';
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';

/** Whoever has signed in at the issuer that Membership has for local development. */
export function signedInAt(membership: string) {
  const keys = createRemoteJWKSet(new URL('/dev/jwks', membership));
  const trust = { issuer: 'urn:membership:dev', audience: 'membership' };

  return async ({
    headers,
  }: {
    headers: { authorization?: string };
  }): Promise<string | undefined> => {
    const [, token = ''] = /^Bearer (.+)$/i.exec(headers.authorization ?? '') ?? [];
    try {
      const { payload } = await jwtVerify(token, keys, trust);
      return payload.sub === undefined ? undefined : `user:${payload.iss}|${payload.sub}`;
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw new ServiceUnavailableException(
        'Whether you have signed in can not be found out now.',
        {
          cause: error,
        },
      );
    }
  };
}
