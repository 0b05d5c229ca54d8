import { disposableEmailBlocklistSet } from 'disposable-email-domains-js';
import emailProviders from 'email-providers/all.json' with { type: 'json' };
import type { Address } from '#domain/context.js';

const disposable = disposableEmailBlocklistSet();
const free: ReadonlySet<string> = new Set(emailProviders);

/** Reserved for documentation (RFC 2606), though the list of providers has it. */
const DOCUMENTATION = 'example.com';

/** What kind of provider an ASCII domain is, by lists that are pinned with their packages. */
export function providerOf(domain: string): Address['provider'] {
  if (domain === DOCUMENTATION) return 'business';
  if (selfAndParents(domain).some((one) => disposable.has(one))) return 'disposable';
  return free.has(domain) ? 'free' : 'business';
}

/** `a.b.example` → itself, `b.example`; disposable providers give out subdomains. */
const selfAndParents = (domain: string): string[] => {
  const labels = domain.split('.');
  return labels.slice(0, -1).map((_, index) => labels.slice(index).join('.'));
};
