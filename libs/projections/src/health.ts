import type { Instant, OrganizationId } from '#domain/ids.js';
import { organizationOf } from '#domain/events.js';
import type { Quarantined } from '#readstore/progress.js';
import type { Build } from './build.js';

export interface ProjectionHealth {
  /** `name@version`. */
  readonly name: string;
  readonly state: 'serving' | 'building';
  readonly position: string;
  /** Distance to the end of the log; in events where positions have no gaps. */
  readonly lagEvents: number;
  /** Age of the last event applied while there are more; 0 at the end of the log. */
  readonly lagSeconds: number;
  readonly quarantined: readonly Quarantined[];
}

export interface RunnerHealth {
  /**
   * `standby`: another node applies, and this one knows how far; `failing`: tries again;
   * `superseded`: another runner took over, this one has stopped.
   */
  readonly status: 'stopped' | 'running' | 'standby' | 'failing' | 'superseded';
  /** What it failed with, while it does; whoever shows it finds words that name nobody. */
  readonly failure?: unknown;
  readonly projections: readonly ProjectionHealth[];
}

/** How one build stands against the end of the log. */
export function healthOf(
  build: Build,
  state: ProjectionHealth['state'],
  head: bigint | null,
  now: Instant,
): ProjectionHealth {
  const end = head ?? -1n;
  const behind = end > build.position ? end - build.position : 0n;
  const age =
    build.occurredAt === undefined ? 0 : (Date.parse(now) - Date.parse(build.occurredAt)) / 1000;
  return {
    name: build.name,
    state,
    position: String(build.position),
    lagEvents: Number(behind),
    lagSeconds: behind === 0n ? 0 : Math.max(0, age),
    quarantined: [...build.quarantine.keys()].flatMap((stream) => {
      const organization = organizationOf(stream) ?? (stream as OrganizationId);
      return build.quarantined(organization, stream) ?? [];
    }),
  };
}
