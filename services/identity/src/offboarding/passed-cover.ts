import type { Actor, Id } from '@voronka/contracts';
import type { DomainEvent } from '@voronka/service-kit/record';
import { Cover } from '../cover/cover.js';

/** A cover in which the leaver stood in for somebody, and the one that took its place, where there is one. */
export interface PassedCover {
  readonly ownerId: Id;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly arranged: Id | null;
}

/**
 * His own absence is over. For those for whom he stood in does so, from now on, the first heir who is not one of them. `ids`
 * are those of the new covers, one for each of his.
 */
export function passOn(
  covers: readonly Cover[],
  leaver: Id,
  heirs: readonly Id[],
  ids: readonly Id[],
  by: Actor,
  now: Date,
): { passed: PassedCover[]; events: DomainEvent[] } {
  const passed: PassedCover[] = [];
  const events: DomainEvent[] = [];
  covers.forEach((cover, i) => {
    const { ownerId, endsAt } = cover;
    const startsAt = later(cover.startsAt, now);
    if (endsAt <= now) return;
    events.push(...cover.end(now));
    if (ownerId === leaver) return;
    const substituteId = heirs.find((heir) => heir !== ownerId);
    const arranged = substituteId ? ids[i]! : null;
    if (substituteId) events.push(...Cover.arrange(ids[i]!, { ownerId, substituteId, startsAt, endsAt }, by, now));
    passed.push({ ownerId, startsAt: startsAt.toISOString(), endsAt: endsAt.toISOString(), arranged });
  });
  return { passed, events };
}

/** He stands in again for those for whom he did, where that is not over, under `ids`, one for each. */
export function takeBack(
  passed: readonly PassedCover[],
  arranged: readonly Cover[],
  leaver: Id,
  ids: readonly Id[],
  by: Actor,
  now: Date,
): DomainEvent[] {
  const again = passed.flatMap(({ ownerId, startsAt, endsAt }, i) => {
    const content = {
      ownerId,
      substituteId: leaver,
      startsAt: later(new Date(startsAt), now),
      endsAt: new Date(endsAt),
    };
    return content.endsAt > now ? Cover.arrange(ids[i]!, content, by, now) : [];
  });
  return [...arranged.flatMap((cover) => cover.end(now)), ...again];
}

const later = (one: Date, other: Date): Date => (one > other ? one : other);
