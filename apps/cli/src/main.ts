#!/usr/bin/env node
/** `membership`: the command line of the service. */
import { Command } from 'commander';
import { catalogueCommand } from './catalogue.js';
import { doctorCommand } from './doctor.js';
import { keysCommand } from './keys.js';
import { eventsCommand, headsCommand, verifyCommand } from './log.js';
import { rebuildCommand } from './rebuild.js';
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

const program = new Command('membership')
  .description('Invitations, memberships and permissions of multi-tenant applications')
  .addCommand(tokenCommand())
  .addCommand(catalogueCommand())
  .addCommand(eventsCommand())
  .addCommand(rebuildCommand())
  .addCommand(verifyCommand())
  .addCommand(headsCommand())
  .addCommand(keysCommand())
  .addCommand(doctorCommand());

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
