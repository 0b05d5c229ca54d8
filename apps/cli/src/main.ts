#!/usr/bin/env node
/** `membership`: the command line of the service. */
import { Command } from 'commander';
import { ask, targetOf } from './service.js';

const tokenCommand = (): Command =>
  new Command('token')
    .description('An access token of the development issuer')
    .argument('<email>', 'who to be')
    .option('--name <name>')
    .option('--platform-admin', 'join the platform organization as well')
    .option('--url <url>', 'the running service')
    .action(
      async (email: string, options: { name?: string; platformAdmin?: boolean; url?: string }) => {
        const { name, platformAdmin } = options;
        const { accessToken } = await ask<{ accessToken: string }>(
          targetOf(options),
          'POST',
          '/dev/token',
          { email, ...(name && { name }), ...(platformAdmin && { platformAdmin }) },
        );
        console.log(accessToken);
      },
    );

/** The one that is asked for is loaded, which takes a third of the time that all of them take. */
const commands = new Map<string, () => Command | Promise<Command>>([
  ['token', tokenCommand],
  ['catalogue', async () => (await import('./catalogue.js')).catalogueCommand()],
  ['events', async () => (await import('./log.js')).eventsCommand()],
  ['rebuild', async () => (await import('./rebuild.js')).rebuildCommand()],
  ['replay', async () => (await import('./replay.js')).replayCommand()],
  ['verify', async () => (await import('./log.js')).verifyCommand()],
  ['heads', async () => (await import('./log.js')).headsCommand()],
  ['keys', async () => (await import('./keys.js')).keysCommand()],
  ['migrate', async () => (await import('./migrate.js')).migrateCommand()],
  ['doctor', async () => (await import('./doctor.js')).doctorCommand()],
]);

const program = new Command('membership').description(
  'Invitations, memberships and permissions of multi-tenant applications',
);

const asked = commands.get(process.argv[2] ?? '');
for (const command of asked === undefined ? commands.values() : [asked]) {
  program.addCommand(await command());
}

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
