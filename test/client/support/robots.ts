/** Service accounts that products run as. */
import type { HttpClient } from '../../support/http.js';
import type { TestService } from '../../support/service.js';

/** The API key of a service account of the platform that may ask about anybody's access. */
export async function platformKey(service: TestService): Promise<string> {
  const root = await service.signIn('root@platform.example', { platformAdmin: true });
  return keyOf(root, 'platform', 'platform-service');
}

/** The API key of a new service account of the organization. */
export async function keyOf(who: HttpClient, organization: string, role: string): Promise<string> {
  const path = `/organizations/${organization}`;
  const account = await who.post(`${path}/service-accounts`, { name: 'Scans', roles: [role] });
  const owner = account.body['id'];
  const key = await who.post(`${path}/api-keys`, { name: 'Scans', owner, scopes: [] });
  if (key.status !== 201) throw new Error(JSON.stringify([account.body, key.body]));
  return String(key.body['secret']);
}
