/** Is this data a catalogue? Asked of the JSON Schema, answered in words. */
import { Ajv, type ErrorObject } from 'ajv';
import type { CatalogueContent } from '#domain/catalogue.js';
import type { Finding, Path } from './problems.js';
import { CATALOGUE_SCHEMA } from './schema.js';
import { unknown } from '#domain/suggest.js';

const validate = new Ajv({
  allErrors: true,
  useDefaults: true,
  verbose: true,
  allowUnionTypes: true,
  strictTypes: false,
}).compile<CatalogueContent>(CATALOGUE_SCHEMA);

/** The data as a catalogue with defaults filled in (in place), or everything that is not right. */
export const checkShape = (
  data: unknown,
): { content: CatalogueContent } | { findings: Finding[] } =>
  validate(data) ? { content: data } : { findings: shapeFindings(validate.errors ?? []) };

/** The validator's errors as findings, without those that only say a branch was not taken. */
const shapeFindings = (errors: readonly ErrorObject[]): Finding[] =>
  errors
    .filter(({ keyword }) => keyword !== 'if' && keyword !== 'propertyNames')
    .map((error) => shapeFinding(error));

const shapeFinding = (error: ErrorObject): Finding => {
  const path: Path = error.instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  const schema = error.parentSchema as { description?: string; properties?: object } | undefined;
  const params = error.params as { additionalProperty?: string; allowedValues?: unknown[] };
  switch (error.keyword) {
    case 'additionalProperties': {
      const key = params.additionalProperty ?? '';
      const known = Object.keys(schema?.properties ?? {});
      return { path: [...path, key], message: unknown('key', key, known) };
    }
    case 'enum':
      return { path, message: `must be one of ${(params.allowedValues ?? []).join(', ')}` };
    case 'pattern': {
      const name = error.propertyName ?? String(error.data);
      const at = error.propertyName === undefined ? path : [...path, error.propertyName];
      return { path: at, message: `"${name}" is not ${schema?.description}` };
    }
    default:
      return { path, message: error.message ?? error.keyword };
  }
};
