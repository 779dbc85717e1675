import { Injectable } from '@nestjs/common';
import type { Actor, Id } from '@voronka/contracts';
import {
  check,
  Directory,
  id,
  instant,
  one,
  optional,
  Store,
  type ListArgs,
  type Page,
  type Verb,
} from '@voronka/service-kit';
import { z } from 'zod';
import { coverList, type ArrangeCoverInput } from './cover.graphql.js';
import { Cover } from './cover.js';

const arranged = z.object({
  id: optional(id),
  ownerId: optional(id),
  substituteId: id,
  startsAt: optional(instant),
  endsAt: instant,
});

/** The use cases around covers. Who may call them is said at the door. */
@Injectable()
export class CoverService {
  constructor(
    private readonly store: Store,
    private readonly directory: Directory,
  ) {}

  byIds(by: Actor, ids: readonly Id[]): Promise<(Cover | null)[]> {
    return this.store.byIds(by, Cover, ids);
  }

  list(by: Actor, args: ListArgs): Promise<Page<Cover>> {
    return this.store.list(by, coverList, args);
  }

  /** Refuses with `OWNER_NOT_FOUND` people who are not active here, and with `FORBIDDEN` the work of somebody whose work is not `by`'s to give. */
  async arrange(by: Actor, input: ArrangeCoverInput): Promise<Cover> {
    const { id: chosen, ...content } = check(arranged, input);
    const ownerId = content.ownerId ?? by.id;
    await this.directory.requireActive(ownerId, 'input.ownerId');
    await this.directory.requireActive(content.substituteId, 'input.substituteId');
    const { record } = await this.store.create(by, Cover, { id: chosen, content }, (_, coverId, now) =>
      Cover.arrange(coverId, { ...content, ownerId }, by, now),
    );
    return record;
  }

  async end(by: Actor, { id: coverId, expectedVersion }: Verb): Promise<Cover> {
    const { cover } = await this.store.write(by, { cover: one(Cover, coverId, expectedVersion) }, ({ cover }, now) =>
      cover.end(now),
    );
    return cover;
  }
}
