/** Values as PostgreSQL reads them: text, whatever they are, and arrays of it. */
import { storable, type Bindable } from './values.js';

/** One value, or an array of them; what it is of, the statement says. */
export type Parameter = Bindable | readonly Bindable[];

/** As a parameter goes over the wire. @throws TypeError for what can't be stored. */
export function bound(value: Parameter): string | Uint8Array | null {
  if (isList(value)) return storable(`{${value.map(element).join(',')}}`);
  if (value === null || value instanceof Uint8Array) return value;
  return storable(textOf(value));
}

/** As it stands in a statement; that backslashes are what they are, the connection says. */
export function literal(value: Parameter): string {
  const text = bound(value);
  if (text === null) return 'null';
  if (typeof text === 'string') return `'${text.replaceAll("'", "''")}'`;
  return `'\\x${Buffer.from(text).toString('hex')}'`;
}

const isList = (value: Parameter): value is readonly Bindable[] => Array.isArray(value);

function element(value: Bindable): string {
  if (value === null) return 'null';
  const text = textOf(value);
  const isPlain = !text.includes('"') && !text.includes('\\');
  return isPlain ? `"${text}"` : `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

function textOf(value: Bindable): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
    case 'bigint':
      return String(value);
    case 'boolean':
      return value ? '1' : '0';
    default:
      throw new TypeError(`${typeof value} can't be bound to a statement`);
  }
}
