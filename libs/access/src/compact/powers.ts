/** What the roles of one catalogue give: a row for each role, a byte in it for each permission. */
import type { Catalogue, Role } from '#domain/catalogue.js';
import type { Permission, RoleId } from '#domain/ids.js';
import type { Names } from './names.js';

/** How a permission comes with a role: not at all, only since it comes with every role there is at a
 * scope, or because the role gives it; of a role that the catalogue does not have this is not known. */
export const SILENT = 0;
export const WITH_ACCESS = 1;
export const GIVEN = 2;
export const FOREIGN = 3;

/** Where the row of a role begins that was not asked for yet. */
const UNKNOWN = -1;

export class Powers {
  /** Permission → its number. */
  readonly #numbers: ReadonlyMap<Permission, number>;
  readonly #permissions: readonly Permission[];
  /** Number of a role → where its row begins. */
  #rows = new Int32Array();
  /** The first row is that of every role which the catalogue does not have. */
  #how: Uint8Array;
  readonly #everywhere: Uint8Array;
  readonly #withAccess: Uint8Array;
  readonly #atSpaces: Uint8Array;
  readonly #whileInactive: Uint8Array;

  /** @param roles numbers of roles, of this catalogue and of others. */
  constructor(
    private readonly catalogue: Catalogue,
    private readonly roles: Names<RoleId>,
  ) {
    this.#permissions = [...catalogue.permissions.keys()];
    this.#numbers = new Map(this.#permissions.map((one, number) => [one, number]));
    this.#how = new Uint8Array(this.#permissions.length).fill(FOREIGN);
    const implicit = [...catalogue.roles.values()].filter(({ kind }) => kind === 'implicit');
    const isEverywhere = ({ scopes }: Role): boolean => scopes.has('organization');
    const all = (some: readonly Role[]) => some.flatMap(({ permissions }) => [...permissions]);
    this.#everywhere = this.#marked(all(implicit.filter(isEverywhere)));
    this.#withAccess = this.#marked(all(implicit.filter((one) => !isEverywhere(one))));
    const levels = [...catalogue.permissions];
    this.#atSpaces = this.#marked(levels.flatMap(([one, level]) => (level === 'space' ? one : [])));
    this.#whileInactive = this.#marked(catalogue.inactiveSpace);
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
    return this.#everywhere[permission] === 1;
  }

  /** Does it come with any role, at the scope of that role? */
  isWithAccess(permission: number): boolean {
    return this.#withAccess[permission] === 1;
  }

  /** Can a role at a space give it? */
  isAtSpaces(permission: number): boolean {
    return this.#atSpaces[permission] === 1;
  }

  /** Is it left while a space is inactive? */
  isLeft(permission: number): boolean {
    return this.#whileInactive[permission] === 1;
  }

  /** How it comes with a role: `SILENT`, `WITH_ACCESS`, `GIVEN` or `FOREIGN`. */
  how(role: number, permission: number): number {
    const known = role < this.#rows.length ? this.#rows[role]! : UNKNOWN;
    const row = known === UNKNOWN ? this.#find(role) : known;
    return this.#how[row + permission]!;
  }

  #find(number: number): number {
    if (number >= this.#rows.length) {
      const rows = new Int32Array(2 * number + 1).fill(UNKNOWN);
      rows.set(this.#rows);
      this.#rows = rows;
    }
    const role = this.catalogue.roles.get(this.roles.id(number));
    if (role === undefined) return (this.#rows[number] = 0);
    const row = this.#how.length;
    const how = new Uint8Array(row + this.#permissions.length);
    how.set(this.#how);
    const given = this.#marked(role.permissions);
    given.forEach((isGiven, permission) => {
      how[row + permission] = isGiven === 1 ? GIVEN : this.#withAccess[permission]! * WITH_ACCESS;
    });
    this.#how = how;
    return (this.#rows[number] = row);
  }

  #marked(permissions: Iterable<Permission>): Uint8Array {
    const marks = new Uint8Array(this.#permissions.length);
    for (const one of permissions) {
      const number = this.#numbers.get(one);
      if (number !== undefined) marks[number] = 1;
    }
    return marks;
  }
}
