import { Module, type DynamicModule } from '@nestjs/common';
import { MembershipModule } from '@membership/client/nest';
import { HealthController } from './health.controller.js';
import { ScansController } from './scans.controller.js';
import { signedInAt } from './signed-in.js';

export interface Settings {
  readonly membership: string;
  /** An API key of a service account with the role `platform-service`. */
  readonly key: string;
}

@Module({ controllers: [ScansController, HealthController] })
export class AppModule {
  static with({ membership, key }: Settings): DynamicModule {
    const guarded = MembershipModule.forRoot({
      baseUrl: membership,
      token: key,
      principal: signedInAt(membership),
      watch: 'all',
      issuer: 'urn:membership:dev',
    });
    return { module: AppModule, imports: [guarded] };
  }
}
