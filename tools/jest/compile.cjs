'use strict';
const { createHash } = require('node:crypto');
const { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { basename, join, resolve } = require('node:path');
const { settings } = require('../swc.cjs');

const root = resolve(__dirname, '../..');
const cache = join(root, 'node_modules/.cache/sources');
const settingsText = JSON.stringify(settings);

/** Where a TypeScript source lies compiled, and its source map; made when they are not there. */
exports.compiled = (path) => {
  const source = readFileSync(path, 'utf8');
  const name = createHash('sha256').update(settingsText).update(source).digest('hex');
  const code = join(cache, `${name}.mjs`);
  const map = `${code}.map`;
  if (!existsSync(code)) compile();
  return { code, map };

  function compile() {
    const { transformSync } = require('@swc/core');
    const made = transformSync(source, {
      ...settings,
      swcrc: false,
      sourceFileName: basename(path),
    });
    mkdirSync(cache, { recursive: true });
    put(map, made.map);
    put(code, made.code);
  }
};

/** Whole, or not at all: others compile the same at the same time. */
const put = (file, text) => {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, text);
  renameSync(draft, file);
};
