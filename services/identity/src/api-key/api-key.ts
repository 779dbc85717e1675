import { ApiKeyCreated, ApiKeyRevoked, DomainError, type ApiKeyState, type Id } from '@voronka/contracts';
import { CrmRecord, type DomainEvent } from '@voronka/service-kit/record';
import { Column, Entity } from 'typeorm';

export interface ApiKeyContent {
  readonly name: string;
  readonly roleId: Id;
  readonly expiresAt: Date;
  readonly addresses: readonly string[];
}

const YEAR_MS = 366 * 24 * 60 * 60 * 1000;

/** The one answer to a key that was never ours, was revoked, or whose owner has left. */
export const unknownKey = () =>
  new DomainError('UNAUTHENTICATED', 'This API key is not valid here. Ask its owner for another one.');

/**
 * What a program asks with in the name of a person, its owner: an import at night, a web form, a BI tool. It may do what
 * both its role and its owner may, from the addresses it is kept to, until it expires or is revoked.
 */
@Entity('api_key')
export class ApiKey extends CrmRecord<ApiKeyState> {
  static readonly guarding = 'ours';
  @Column('text') name: string;
  @Column('uuid') ownerId: Id;
  @Column('uuid') roleId: Id;
  @Column('timestamptz') expiresAt: Date;
  /** Addresses and networks it may be used from; none where it may from everywhere. */
  @Column('text', { array: true }) addresses: string[];
  @Column('timestamptz', { nullable: true }) revokedAt: Date | null;

  state(): ApiKeyState {
    const { id, name, ownerId, roleId, expiresAt, addresses, revokedAt } = this;
    return {
      ...{ id, name, ownerId, roleId, addresses },
      expiresAt: expiresAt.toISOString(),
      revokedAt: revokedAt && revokedAt.toISOString(),
    };
  }

  /** Somebody makes a key for himself. Refuses with `INVALID_DATE` one that has expired, or lasts for more than a year. */
  static make(id: Id, content: ApiKeyContent, ownerId: Id, now: Date): DomainEvent[] {
    const lasts = content.expiresAt.getTime() - now.getTime();
    if (lasts <= 0 || lasts > YEAR_MS)
      throw new DomainError(
        'INVALID_DATE',
        'A key expires after now and within a year. Choose such a moment, and make the next key before it.',
        'input.expiresAt',
      );
    const key = CrmRecord.born(ApiKey, id, ownerId, now);
    Object.assign(key, { ...content, ownerId, revokedAt: null });
    return [key.say(ApiKeyCreated, {}, now)];
  }

  /** Is refused from now on. Revoking what is revoked changes nothing. */
  revoke(now: Date): DomainEvent[] {
    if (this.revokedAt) return [];
    this.revokedAt = now;
    return [this.say(ApiKeyRevoked, {}, now)];
  }

  /** Refuses with `UNAUTHENTICATED` a program that shows this key and may not be let in. `atHome`: whether it asks from where the key is kept to. */
  requireUsable(owner: { readonly active: boolean } | null, atHome: boolean, now: Date): void {
    if (this.revokedAt || !owner?.active) throw unknownKey();
    if (now >= this.expiresAt)
      throw new DomainError('UNAUTHENTICATED', 'This API key has expired. Its owner makes another by createApiKey.');
    if (!atHome)
      throw new DomainError(
        'UNAUTHENTICATED',
        'This API key is kept to other addresses than yours. Its owner makes another by createApiKey.',
      );
  }
}
