import { Controller } from '@nestjs/common';
import {
  ApiKeyCreated,
  ApiKeyRevoked,
  AuditNoted,
  CoverArranged,
  CoverEnded,
  RoleCreated,
  RoleUpdated,
  RoleWithdrawn,
  SessionEnded,
  SessionStarted,
  TeamCreated,
  TeamUpdated,
  UserCreated,
  UserDeactivated,
  UserPasswordChanged,
  UserReactivated,
  UserSecondFactorEnrolled,
  UserSecondFactorRemoved,
  UserUpdated,
  type Received,
  type ReceivedOf,
} from '@voronka/contracts';
import { On } from '@voronka/service-kit';
import { entryOf } from './audit.js';
import { BulkReadService } from '../bulk-read/bulk-read.service.js';
import { AuditService } from './audit.service.js';

/** What changes a right, or lets somebody in: told by events, so that nothing is said twice and nothing lost. */
const announced = [
  ...[UserCreated, UserUpdated, UserPasswordChanged, UserDeactivated, UserReactivated],
  ...[UserSecondFactorEnrolled, UserSecondFactorRemoved],
  ...[RoleCreated, RoleUpdated, RoleWithdrawn, TeamCreated, TeamUpdated, CoverArranged, CoverEnded],
  ...[SessionStarted, SessionEnded, ApiKeyCreated, ApiKeyRevoked],
];

@Controller()
export class AuditConsumer {
  constructor(
    private readonly service: AuditService,
    private readonly bulkReads: BulkReadService,
  ) {}

  @On(AuditNoted)
  async noted({ data: { audit } }: ReceivedOf<typeof AuditNoted>): Promise<void> {
    await this.service.keep(audit.service, audit.entries);
    await this.bulkReads.add(audit.readings ?? []);
  }

  @On(...announced)
  announced(event: Received<object>): Promise<void> {
    return this.service.keep('identity', [entryOf(event)]);
  }
}
