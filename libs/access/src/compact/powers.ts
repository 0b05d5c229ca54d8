/** What the roles of one catalogue give, as bits: a row of words for each role. */
import type { Catalogue, Role } from '#domain/catalogue.js';
import type { Permission, RoleId } from '#domain/ids.js';
import type { Names } from './names.js';

const BITS = 5;

/** Rows of a role: of none that was asked for yet; of one that the catalogue does not have. */
const UNKNOWN = 0;
const FOREIGN = -1;

export class Powers {
  /** Permission → its number. */
  readonly #numbers: ReadonlyMap<Permission, number>;
  readonly #permissions: readonly Permission[];
  readonly #words: number;
  /** Number of a role → where its row begins. */
  readonly #rows: number[] = [];
  #given: Uint32Array;
  readonly #everywhere: Uint32Array;
  readonly #withAccess: Uint32Array;
  readonly #atSpaces: Uint32Array;
  readonly #whileInactive: Uint32Array;

  /** @param roles numbers of roles, of this catalogue and of others. */
  constructor(
    private readonly catalogue: Catalogue,
    private readonly roles: Names<RoleId>,
  ) {
    this.#permissions = [...catalogue.permissions.keys()];
    this.#numbers = new Map(this.#permissions.map((one, number) => [one, number]));
    this.#words = (this.#permissions.length >>> BITS) + 1;
    // The first row is nobody's.
    this.#given = new Uint32Array(this.#words);
    const implicit = [...catalogue.roles.values()].filter(({ kind }) => kind === 'implicit');
    const isEverywhere = ({ scopes }: Role): boolean => scopes.has('organization');
    const all = (some: readonly Role[]) => some.flatMap(({ permissions }) => [...permissions]);
    this.#everywhere = this.#bits(all(implicit.filter(isEverywhere)));
    this.#withAccess = this.#bits(all(implicit.filter((one) => !isEverywhere(one))));
    const levels = [...catalogue.permissions];
    this.#atSpaces = this.#bits(levels.flatMap(([one, level]) => (level === 'space' ? one : [])));
    this.#whileInactive = this.#bits(catalogue.inactiveSpace);
  }

  /** The number of a permission; `undefined` for one that the catalogue does not have. */
  number(permission: Permission): number | undefined {
    return this.#numbers.get(permission);
  }

  name(permission: number): Permission {
    return this.#permissions[permission]!;
  }

  /** Does every member have it? */
  isEverywhere(permission: number): boolean {
    return isSet(this.#everywhere, 0, permission);
  }

  /** Does it come with any role, at the scope of that role? */
  isWithAccess(permission: number): boolean {
    return isSet(this.#withAccess, 0, permission);
  }

  /** Can a role at a space give it? */
  isAtSpaces(permission: number): boolean {
    return isSet(this.#atSpaces, 0, permission);
  }

  /** Is it left while a space is inactive? */
  isLeft(permission: number): boolean {
    return isSet(this.#whileInactive, 0, permission);
  }

  /** Does the role give it? `undefined`: the catalogue has no such role. */
  gives(role: number, permission: number): boolean | undefined {
    const row = this.#rows[role] || this.#find(role);
    return row === FOREIGN ? undefined : isSet(this.#given, row, permission);
  }

  #find(number: number): number {
    while (this.#rows.length <= number) this.#rows.push(UNKNOWN);
    const role = this.catalogue.roles.get(this.roles.id(number));
    if (role === undefined) return (this.#rows[number] = FOREIGN);
    const row = this.#given.length;
    const given = new Uint32Array(row + this.#words);
    given.set(this.#given);
    given.set(this.#bits(role.permissions), row);
    this.#given = given;
    return (this.#rows[number] = row);
  }

  #bits(permissions: Iterable<Permission>): Uint32Array {
    const bits = new Uint32Array(this.#words);
    for (const one of permissions) {
      const number = this.#numbers.get(one);
      if (number !== undefined) bits[number >>> BITS]! |= 1 << (number & 31);
    }
    return bits;
  }
}

const isSet = (bits: Uint32Array, row: number, number: number): boolean =>
  ((bits[row + (number >>> BITS)]! >>> (number & 31)) & 1) === 1;
