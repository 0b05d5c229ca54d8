import { Controller, Get } from '@nestjs/common';
import { Unprotected } from '@membership/client/nest';

@Controller('health')
export class HealthController {
  @Get()
  @Unprotected()
  health(): { readonly status: 'up' } {
    return { status: 'up' };
  }
}
