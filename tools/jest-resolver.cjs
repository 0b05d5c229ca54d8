'use strict';
const { existsSync } = require('node:fs');
const { resolve } = require('node:path');

/** A relative `./name.js` of our own sources is `./name.ts`; everything else is Jest's business. */
module.exports = (request, options) => {
  if (/^\.\.?\/.*\.js$/.test(request) && !options.basedir.includes('/node_modules/')) {
    const source = resolve(options.basedir, request.replace(/\.js$/, '.ts'));
    if (existsSync(source)) return source;
  }
  return options.defaultResolver(request, options);
};
