/** Where a part of a YAML document stands in its text. */
import { isMap, isNode, isPair, type Document } from 'yaml';
import type { Path } from './problems.js';

/** The offset of the deepest part of the path that exists; 0 in an empty text. */
export const offsetOf = (document: Document, path: Path): number => {
  for (let depth = path.length; depth > 0; depth -= 1) {
    const offset = startOf(document, path.slice(0, depth));
    if (offset !== undefined) return offset;
  }
  return startOf(document, []) ?? 0;
};

/** A key of a map is where its key is; anything else is where its value starts. */
const startOf = (document: Document, path: Path): number | undefined => {
  const parent = path.length === 0 ? undefined : document.getIn(path.slice(0, -1), true);
  const root = path.length === 1 ? document.contents : parent;
  if (isMap(root)) {
    const pair = root.items.find((one) => isPair(one) && keyText(one.key) === path.at(-1));
    return isNode(pair?.key) ? pair.key.range?.[0] : undefined;
  }
  const node = path.length === 0 ? document.contents : document.getIn(path, true);
  return isNode(node) ? node.range?.[0] : undefined;
};

const keyText = (key: unknown): unknown =>
  isNode(key) && 'value' in key ? String(key.value) : key;
