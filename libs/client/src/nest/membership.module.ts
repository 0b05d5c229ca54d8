/** The client and its guard in a Nest application. */
import { Logger, Module, type DynamicModule, type OnModuleDestroy } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { MembershipClient, type ClientOptions } from '../client.js';
import { GUARD_OPTIONS, PermissionGuard, type GuardOptions } from './permission.guard.js';

export interface MembershipModuleOptions extends ClientOptions, GuardOptions {
  /** Organizations to follow, so that checks are answered here; `all`: for services of the platform. */
  readonly watch?: 'all' | readonly string[];
}

@Module({})
export class MembershipModule implements OnModuleDestroy {
  constructor(private readonly client: MembershipClient) {}

  /** Guards every route of the application, and provides the `MembershipClient` everywhere. */
  static forRoot(options: MembershipModuleOptions): DynamicModule {
    const { principal, undecorated, watch = [], ...rest } = options;
    const guard: GuardOptions = {
      ...(principal && { principal }),
      ...(undecorated && { undecorated }),
    };
    const watched = watch === 'all' ? [undefined] : watch;
    const client = {
      provide: MembershipClient,
      useFactory: () => {
        const log = new Logger('Membership');
        const onTrouble = ({ message }: Error) =>
          log.warn(`watching ended, and goes on: ${message}`);
        const made = new MembershipClient({ onTrouble, ...rest });
        for (const organization of watched) made.watch(organization);
        return made;
      },
    };
    return {
      module: MembershipModule,
      global: true,
      providers: [
        client,
        { provide: GUARD_OPTIONS, useValue: guard },
        { provide: APP_GUARD, useClass: PermissionGuard },
      ],
      exports: [MembershipClient],
    };
  }

  onModuleDestroy(): void {
    this.client.close();
  }
}
