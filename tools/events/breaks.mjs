// What a change of a recorded JSON Schema would break for who reads what it describes: they rely on
// every field that was there, on those that were always there, and on the values each may have.
// What is new is no harm: a reader passes over types and fields it does not know.

const WORDS = ['title', 'description', '$comment'];

/** Where the new schema says less than the old one promised, as paths; none: nothing breaks. */
export function breaks(before, after, path = '') {
  const at = (name) => (path === '' ? name : `${path}.${name}`);
  if (typeof before !== 'object' || before === null) {
    return before === after ? [] : [`${path} (${before} → ${after})`];
  }
  if (typeof after !== 'object' || after === null) return [path];
  return Object.entries(before).flatMap(([key, value]) => {
    if (WORDS.includes(key)) return [];
    const now = after[key];
    switch (key) {
      case 'properties':
      case '$defs':
        return Object.entries(value).flatMap(([name, one]) =>
          now?.[name] === undefined ? [at(name)] : breaks(one, now[name], at(name)),
        );
      case 'required':
        return value
          .filter((name) => !now?.includes(name))
          .map((name) => `${at(name)} (not always there)`);
      case 'anyOf':
        // A type of message more is passed over; another form of a field is not.
        return path === '' ? missing(value, now, at(key)) : same(value, now, at(key));
      default:
        return Array.isArray(value) || typeof value !== 'object'
          ? same(value, now, at(key))
          : breaks(value, now, at(key));
    }
  });
}

const form = (schema) =>
  JSON.stringify(schema, (key, value) => (WORDS.includes(key) ? undefined : value));
const missing = (before, after = [], path) =>
  before.filter((one) => !after.some((two) => form(one) === form(two))).map(() => path);
const same = (before, after, path) => (form(before) === form(after) ? [] : [path]);
