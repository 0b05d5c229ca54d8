/** Opens what the projections keep in plain text, for many events at once. */
import { organizationOf, type Recorded, type Sealed } from '#domain/events.js';
import { openIntact } from '#vault/opening.js';
import type { Opening, Vault } from '#vault/vault.js';

const FIELDS = ['email', 'displayEmail', 'name'] as const;

/** Plain text by sealed form. `null`: erased. Missing: it does not open. */
export type Plaintexts = ReadonlyMap<string, string | null>;

/** The plain text of every address and name in these events. */
export async function plaintextsOf(vault: Vault, events: readonly Recorded[]): Promise<Plaintexts> {
  const openings = events.flatMap(openingsOf);
  const opened = await openIntact(vault, openings);
  const plaintexts = new Map<string, string | null>();
  openings.forEach(({ value }, index) => {
    const plaintext = opened[index];
    if (plaintext !== undefined) plaintexts.set(value.sealed, plaintext);
  });
  return plaintexts;
}

function openingsOf({ stream, event }: Recorded): Opening[] {
  const organization = organizationOf(stream);
  if (organization === undefined || !event.type.startsWith('member.')) return [];
  const values = event as { readonly [field: string]: unknown };
  const openings: Opening[] = [];
  for (const field of FIELDS) {
    const value = values[field];
    if (isSealed(value)) openings.push({ organization, field, value });
  }
  return openings;
}

const isSealed = (value: unknown): value is Sealed =>
  typeof value === 'object' && value !== null && 'sealed' in value;
