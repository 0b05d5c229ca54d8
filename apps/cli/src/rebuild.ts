/** `membership rebuild <read model>`: from event 0, while writes go on. */
import { Command } from 'commander';
import { ask, targetOf } from './service.js';

export const rebuildCommand = (): Command =>
  new Command('rebuild')
    .description('Build a read model anew from event 0; asks the running service')
    .argument('<read-model>', 'organizations, members, invitations, audit or access')
    .option(
      '--organization <id>',
      'repair this organization in every read model, ending its quarantine',
    )
    .option('--url <url>', 'the running service')
    .option('--token <token>', 'an access token of a platform member')
    .action(
      async (
        readModel: string,
        options: { organization?: string; url?: string; token?: string },
      ) => {
        const { organization } = options;
        const path = `/api/v1/read-models/${encodeURIComponent(readModel)}/rebuild`;
        const { status } = await ask<{ status: string }>(
          targetOf(options),
          'POST',
          path,
          organization === undefined ? {} : { organization },
        );
        console.log(
          status === 'done'
            ? `${organization} is rebuilt, in every read model`
            : `${readModel} is being rebuilt; /health/ready shows how far it is`,
        );
      },
    );
