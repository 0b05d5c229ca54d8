/** "Did you mean …?" for names that are nearly right. */

/** How many letters have to change, be added or be dropped to get from `a` to `b`. */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const changed = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(changed, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
};

/** The known name nearest to `name`, if it is near: a third of its letters may differ. */
export const nearest = (name: string, known: Iterable<string>): string | undefined => {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const away = distance(name.toLowerCase(), candidate.toLowerCase());
    if (away < least) {
      best = candidate;
      least = away;
    }
  }
  return best;
};

/** `unknown role "edtor": did you mean "editor"?` */
export const unknown = (thing: string, name: string, known: Iterable<string>): string => {
  const near = nearest(name, known);
  return `unknown ${thing} "${name}"${near === undefined ? '' : `: did you mean "${near}"?`}`;
};

/**
 * The same of a permission, `resource:action`: another action of that resource is meant only where it
 * is alike by itself, for whoever wants to delete does not mean to invite.
 */
export function likelyPermission(name: string, known: Iterable<string>): string {
  const near = nearestPermission(name, [...known]);
  const meant = near === undefined ? '' : `: did you mean "${near}"?`;
  return `unknown permission "${name}"${meant}`;
}

/** `policy` and `policies` alike: further apart than what is near, and yet the same word. */
const manyOf = (resource: string): string => resource.replace(/y$/, 'ies');

function nearestPermission(name: string, known: readonly string[]): string | undefined {
  const [resource = '', action = ''] = name.split(':');
  const resources = known.map((one) => one.slice(0, one.indexOf(':')));
  const of =
    resources.find((one) => one === resource || manyOf(one) === manyOf(resource)) ??
    nearest(resource, resources);
  const actions = known
    .filter((one) => one.startsWith(`${of}:`))
    .map((one) => one.slice(one.indexOf(':') + 1));
  const alike = actions.includes(action)
    ? action
    : (actions.find((one) => one.startsWith(action)) ?? nearest(action, actions));
  return alike === undefined ? undefined : `${of}:${alike}`;
}
