import { Injectable } from '@nestjs/common';
import { DomainError, text, type Actor, type Id } from '@voronka/contracts';
import { check, Clock, Database, id, instant, one, Store, type ListArgs, type Page } from '@voronka/service-kit';
import { z } from 'zod';
import { RoleService } from '../role/role.service.js';
import { UserService } from '../user/user.service.js';
import { User } from '../user/user.js';
import { apiKeyList, type CreateApiKeyInput } from './api-key.graphql.js';
import { readKey, Secrets } from './api-key.secrets.js';
import { isNetwork, within } from './api-key.addresses.js';
import { ApiKey, unknownKey } from './api-key.js';

const network = z
  .string()
  .refine(
    isNetwork,
    'This is neither an address nor a network. Write it as 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32.',
  );
const newKey = z.object({
  name: text(200),
  roleId: id,
  expiresAt: instant,
  addresses: z
    .array(network)
    .max(20, 'These are too many. Name at most 20, and write neighbours as one network.')
    .nullish()
    .transform((addresses) => addresses ?? []),
});
/** Who asks before it is known whose key it is. */
const NOBODY: Actor = { id: 'system', may: 'anything' };

/** Whose a key is, and which role bounds what it may do. */
export interface KeyBearer {
  readonly keyId: Id;
  readonly ownerId: Id;
  readonly roleId: Id;
}

/** The keys by which programs ask. */
@Injectable()
export class ApiKeyService {
  constructor(
    private readonly store: Store,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly users: UserService,
    private readonly roles: RoleService,
    private readonly secrets: Secrets,
  ) {}

  /** Makes a key for the one who asks, and tells its secret this once. Refuses with `GRANT_TOO_WIDE` a role that may more than he. */
  async create(by: Actor, input: CreateApiKeyInput): Promise<{ apiKey: ApiKey; secret: string }> {
    const content = check(newKey, input);
    await this.roles.requireGivable(by, [content.roleId], [], () => 'input.roleId');
    // The key and its secret come to be together.
    return this.database.transaction(async () => {
      const { record } = await this.store.create(by, ApiKey, { content }, (_, keyId, now) =>
        ApiKey.make(keyId, content, by.id, now),
      );
      return { apiKey: record, secret: await this.secrets.first(record.id) };
    });
  }

  /** The keys of the one who asks; everybody's for one who manages people. */
  async list(by: Actor, args: ListArgs): Promise<Page<ApiKey>> {
    const own = { ownerId: { eq: by.id } };
    const filter = args.filter ? { and: [args.filter, own] } : own;
    return this.store.list(by, apiKeyList, (await this.users.managedBy(by)) ? args : { ...args, filter });
  }

  /** Somebody else's is refused as if it were not there, unless `by` manages people. */
  async revoke(by: Actor, keyId: Id): Promise<ApiKey> {
    const { ownerId } = await this.store.get(by, ApiKey, keyId);
    if (ownerId !== by.id && !(await this.users.managedBy(by)))
      throw new DomainError('NOT_FOUND', 'You have no key with this id. Choose one from `apiKeys`.', 'id');
    const { key } = await this.store.write(by, { key: one(ApiKey, keyId) }, ({ key }, now) => key.revoke(now));
    return key;
  }

  lastUsed(ids: readonly Id[]): Promise<(Date | null)[]> {
    return this.secrets.lastUsed(ids);
  }

  /** Who asks with a key from an address. Refuses with `UNAUTHENTICATED`, an unknown and a revoked key alike. */
  async prove(shown: string, address: string): Promise<KeyBearer> {
    const read = readKey(shown);
    if (!read || !(await this.secrets.belongs(read))) throw unknownKey();
    const key = await this.store.get(NOBODY, ApiKey, read.id);
    const now = this.clock.now();
    const owner = await this.store.find(NOBODY, User, key.ownerId);
    key.requireUsable(owner, within(key.addresses, address), now);
    await this.secrets.used(key.id, now);
    return { keyId: key.id, ownerId: key.ownerId, roleId: key.roleId };
  }
}
