/** `membership catalogue lint | diff | status` */
import { Command } from 'commander';
import { compile } from '#catalogues/compile.js';
import { diff } from '#catalogues/diff.js';
import { lintFile } from '#catalogues/lint.js';
import { CatalogueError, problemLine } from '#catalogues/problems.js';
import { readCatalogueFile } from '#catalogues/load.js';
import type { Catalogue } from '#domain/catalogue.js';
import { counted } from './counted.js';
import { ask, targetOf, type Target } from './service.js';

export const catalogueCommand = (): Command =>
  new Command('catalogue')
    .description('Work with catalogues of roles and permissions')
    .addCommand(lint())
    .addCommand(difference())
    .addCommand(status());

const lint = (): Command =>
  new Command('lint')
    .description('Check catalogue files; an error names file, line and path')
    .argument('<file...>')
    .option('--strict', 'fail on warnings as well')
    .action((files: string[], { strict }: { strict?: boolean }) => {
      let troubles = 0;
      for (const file of files) {
        const { problems, warnings } = lintFile(file);
        for (const problem of problems) console.error(`error ${problemLine(problem)}`);
        for (const one of warnings) console.error(`warning ${problemLine(one)} [${one.kind}]`);
        troubles += problems.length + (strict ? warnings.length : 0);
        if (problems.length === 0) console.log(`${file}: ${counted(warnings.length, 'warning')}`);
      }
      if (troubles > 0) process.exitCode = 1;
    });

const difference = (): Command =>
  new Command('diff')
    .description('Who would gain or lose what, from one version to another')
    .argument('<from>', 'file of the version that is adopted')
    .argument('<to>', 'file of the version that would be')
    .action((from: string, to: string) => {
      const changes = Object.entries(diff(load(from), load(to)));
      for (const [part, change] of changes) {
        for (const line of linesOf(change)) console.log(`${part}: ${line}`);
      }
    });

const linesOf = (change: unknown): string[] => {
  if (Array.isArray(change)) return change.map((one) => JSON.stringify(one));
  const { gained, lost } = change as { gained: readonly string[]; lost: readonly string[] };
  return [...gained.map((one) => `+ ${one}`), ...lost.map((one) => `- ${one}`)];
};

function load(file: string): Catalogue {
  const { content, problems } = readCatalogueFile(file);
  if (content === undefined || problems.length > 0) throw new CatalogueError(problems);
  return compile(content);
}

interface CatalogueRow {
  readonly id: string;
  readonly version: number;
  readonly versions: readonly number[];
}

interface AdoptionRow {
  readonly organization: string;
  readonly version: number;
  readonly latest: number;
  readonly adoption: 'manual' | 'follow';
  readonly refused?: { readonly code: string; readonly detail: string };
}

const status = (): Command =>
  new Command('status')
    .description('Catalogues of the running service, and who is behind their newest version')
    .option('--url <url>', 'the running service')
    .option('--token <token>', 'an access token of a platform member')
    .action(async (options: { url?: string; token?: string }) => {
      const path = '/api/v1/catalogues';
      for await (const { id, version, versions } of rows<CatalogueRow>(targetOf(options), path)) {
        console.log(`${id}: version ${version} (known: ${versions.join(', ')})`);
        for await (const line of behind(targetOf(options), `${path}/${id}/adoptions`)) {
          console.log(`  ${line}`);
        }
      }
    });

async function* behind(target: Target, path: string): AsyncGenerator<string> {
  for await (const row of rows<AdoptionRow>(target, path)) {
    const { organization, version, latest, adoption, refused } = row;
    const line = `${organization}: version ${version} of ${latest} (${adoption})`;
    yield refused === undefined ? line : `${line}: ${refused.detail} (${refused.code})`;
  }
}

/** Every row of a list, page by page. */
async function* rows<Row>(target: Target, path: string): AsyncGenerator<Row> {
  for (let query: string | undefined = '?limit=200'; query !== undefined;) {
    const page: { items: Row[]; nextCursor?: string } = await ask(target, 'GET', path + query);
    yield* page.items;
    query = page.nextCursor === undefined ? undefined : `?limit=200&cursor=${page.nextCursor}`;
  }
}
