import { Injectable } from '@nestjs/common';
import { DomainError, type Actor, type Id } from '@voronka/contracts';
import { z } from 'zod';
import { Database } from '@voronka/messaging';
import { Audit } from '../audit/audit.js';
import { Directory } from '../directory/directory.js';
import type { ShareInput } from '../graphql/sharing.js';
import type { Verb } from '../graphql/verb.js';
import { check, id, optional } from '../inputs.js';
import { accesses, type SharedRecord } from '../record.js';
import { one } from './slots.js';
import { Store } from './store.js';
import { tableOf, type RecordType } from './table.js';

const asked = z.object({ userId: optional(id), teamId: optional(id), access: z.enum(accesses) });

/** The use case of sharing, the same for every noun that can be shared. Who may is said at the door. */
@Injectable()
export class Sharing {
  constructor(
    private readonly store: Store,
    private readonly directory: Directory,
    private readonly database: Database,
    private readonly audit: Audit,
  ) {}

  /** Refuses with `OWNER_NOT_FOUND` or `TEAM_NOT_FOUND` those whom nobody knows here, and with `INVALID_VALUE` both or neither. */
  async share<T extends SharedRecord<object>>(
    by: Actor,
    type: RecordType<T>,
    { id, expectedVersion }: Verb,
    input: ShareInput,
  ): Promise<T> {
    const { userId, teamId, access } = check(asked, input);
    if ((userId === null) === (teamId === null))
      throw new DomainError('INVALID_VALUE', 'Name a person or a team, one of the two.', 'input.userId');
    await this.requireKnown(userId, teamId, access);
    const holder = (userId ?? teamId)!;
    // What lets somebody in must not be done without being told.
    const record = await this.database.transaction(async () => {
      const { record } = await this.store.write(by, { record: one<T>(type, id, expectedVersion) }, ({ record }, now) =>
        record.share(holder, access, now),
      );
      const detail = JSON.stringify({ holderId: holder, access });
      await this.audit.surely(by, { action: 'SHARED', entity: tableOf(type).name, recordId: id, detail });
      return record;
    });
    this.directory.forget();
    return record;
  }

  /** What was shared can be taken back from anybody. */
  private async requireKnown(userId: Id | null, teamId: Id | null, access: string): Promise<void> {
    if (access === 'NONE') return;
    if (userId) await this.directory.requireActive(userId, 'input.userId');
    if (teamId) await this.directory.requireTeam(teamId, 'input.teamId');
  }
}
