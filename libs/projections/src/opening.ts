/** Opens what the projections keep in plain text, for many events at once. */
import { organizationOf, type Recorded, type Sealed } from '#domain/events.js';
import { SealBroken, type Opening, type Vault } from '#vault/vault.js';

const FIELDS = ['email', 'displayEmail', 'name'] as const;

/** Plain text by sealed form. `null`: erased. Missing: it does not open. */
export type Plaintexts = ReadonlyMap<string, string | null>;

/** The plain text of every address and name in these events. */
export async function plaintextsOf(vault: Vault, events: readonly Recorded[]): Promise<Plaintexts> {
  const openings = events.flatMap(openingsOf);
  if (openings.length === 0) return new Map();
  try {
    return pairs(openings, await vault.open(openings));
  } catch (error) {
    if (!(error instanceof SealBroken)) throw error;
    return openEach(vault, openings);
  }
}

/** One after the other, leaving out what is broken. */
async function openEach(vault: Vault, openings: readonly Opening[]): Promise<Plaintexts> {
  const plaintexts = new Map<string, string | null>();
  for (const opening of openings) {
    try {
      const [opened = null] = await vault.open([opening]);
      plaintexts.set(opening.value.sealed, opened);
    } catch (error) {
      if (!(error instanceof SealBroken)) throw error;
    }
  }
  return plaintexts;
}

const pairs = (openings: readonly Opening[], opened: readonly (string | null)[]): Plaintexts =>
  new Map(openings.map(({ value }, index) => [value.sealed, opened[index] ?? null]));

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
