/** The catalogue versions a node knows, filled from `catalogue.publish` events. */
import type { Catalogue, CatalogueContent } from '#domain/catalogue.js';
import type { CatalogueId } from '#domain/ids.js';
import { compile, sha256Of } from './compile.js';
import { CatalogueVersionError } from './problems.js';

/** Everything that was published up to a position in the log. */
export interface Published {
  readonly contents: readonly CatalogueContent[];
  readonly upTo: bigint;
}

/** In memory; every version once, compiled when it is added. */
export class Catalogues {
  /** Position in the log up to which everything published is here; absent: that is not known. */
  upTo: bigint | undefined;
  private readonly versions = new Map<CatalogueId, Map<number, Catalogue>>();

  /**
   * Adds a version, or finds it there already with the same content.
   *
   * @throws CatalogueVersionError where that version is known with other content.
   */
  add(content: CatalogueContent): Catalogue {
    const known = this.get(content.id, content.version);
    if (known !== undefined) {
      if (known.sha256 === sha256Of(content)) return known;
      throw new CatalogueVersionError(content.id, content.version);
    }
    const compiled = compile(content);
    const versions = this.versions.get(content.id) ?? new Map<number, Catalogue>();
    this.versions.set(content.id, versions.set(content.version, compiled));
    return compiled;
  }

  /** Adds all of that, and goes on after it. */
  begin({ contents, upTo }: Published): void {
    for (const content of contents) this.add(content);
    this.upTo = upTo;
  }

  /** What to `begin` others with; `undefined` while `upTo` is not known. */
  get published(): Published | undefined {
    if (this.upTo === undefined) return undefined;
    return { contents: this.all().map(({ content }) => content), upTo: this.upTo };
  }

  /** One version, or `undefined` while it has not been published here. */
  get(id: CatalogueId, version: number): Catalogue | undefined {
    return this.versions.get(id)?.get(version);
  }

  /** The highest version known. */
  latest(id: CatalogueId): Catalogue | undefined {
    const versions = [...(this.versions.get(id)?.values() ?? [])];
    return versions.reduce<Catalogue | undefined>(
      (best, one) => (best === undefined || one.version > best.version ? one : best),
      undefined,
    );
  }

  /** Every version, by id and then by version. */
  all(): Catalogue[] {
    return [...this.versions.values()]
      .flatMap((versions) => [...versions.values()])
      .sort((a, b) => (a.id === b.id ? a.version - b.version : a.id < b.id ? -1 : 1));
  }
}
