import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { RequirePermission } from '@membership/client/nest';

interface Scan {
  readonly id: number;
  readonly target: string;
}

/** Scans of an organization. What its routes ask for are permissions of the catalogue `vygl`. */
@Controller('organizations/:organization/scans')
export class ScansController {
  readonly #scans = new Map<string, Scan[]>();

  @Get()
  @RequirePermission('scans:view')
  list(@Param('organization') organization: string): readonly Scan[] {
    return this.#scans.get(organization) ?? [];
  }

  @Post()
  @RequirePermission('scans:run')
  run(@Param('organization') organization: string, @Body('target') target: string): Scan {
    const scans = this.#scans.get(organization) ?? [];
    const scan = { id: scans.length + 1, target };
    this.#scans.set(organization, [...scans, scan]);
    return scan;
  }
}
