import { Injectable } from '@nestjs/common';
import { DomainError, type Actor } from '@voronka/contracts';
import { check, email } from '@voronka/service-kit';
import { SecondFactorService } from '../second-factor/second-factor.service.js';
import { Attempts } from '../user/user.attempts.js';
import { UserService } from '../user/user.service.js';
import type { User } from '../user/user.js';
import { standingOf, type Standing } from './sign-in.groups.js';
import { Provider, type Claims } from './sign-in.provider.js';

/** Who acts where the provider says who somebody is. */
const HOUSE: Actor = { id: 'system', may: 'anything' };

/** Showing by the organisation's own sign-in who one is; what one may do follows one's groups there. */
@Injectable()
export class External {
  constructor(
    private readonly provider: Provider,
    private readonly users: UserService,
    private readonly secondFactors: SecondFactorService,
    private readonly attempts: Attempts,
  ) {}

  /**
   * The person who came back from the provider, and whether he showed a second factor, there or here by `code`. Refuses with
   * `EMAIL_NOT_VERIFIED`, `GROUP_NOT_MAPPED`, with `UNAUTHENTICATED` who is not known or not active, and as `Provider.finish`
   * and `SecondFactorService.shown` do.
   */
  async prove(address: string, ticket: string, code: string | null): Promise<{ user: User; secondFactor: boolean }> {
    const claims = await this.provider.finish(address, ticket);
    const user = await this.userOf(claims);
    if (textsIn(claims.amr).includes('mfa')) return { user, secondFactor: true };
    const doors = [{ name: `second factor of ${user.id} after the provider`, free: 5 }];
    return { user, secondFactor: await this.attempts.at(doors, () => this.secondFactors.shown(user, code)) };
  }

  private async userOf(claims: Claims): Promise<User> {
    const { groups, groupsClaim, createPeople } = this.provider.settings;
    if (typeof claims.email !== 'string' || claims.email_verified !== true)
      throw new DomainError(
        'EMAIL_NOT_VERIFIED',
        'Your organisation’s sign-in does not vouch for your mail. Have it verified there.',
      );
    const mail = check(email, claims.email, 'email');
    const known = await this.users.byEmail(HOUSE, mail);
    if (known ? !known.active : !createPeople)
      throw new DomainError('UNAUTHENTICATED', 'Nobody active here has your mail. Ask an administrator to let you in.');
    const standing = groups && standingOf(groups, textsIn(claims[groupsClaim]));
    if (groups && !standing)
      throw new DomainError(
        'GROUP_NOT_MAPPED',
        'None of your groups has a role here. Ask an administrator to put you into one that has.',
      );
    if (known) return standing ? this.follow(known, standing) : known;
    const name = typeof claims.name === 'string' && claims.name.trim() !== '' ? claims.name.trim() : mail;
    return this.users.create(HOUSE, { name: name.slice(0, 200), email: mail, ...writable(standing!) });
  }

  /** He becomes what his groups say. The last administrator keeps his roles, whatever they say: nobody could mend it. */
  private async follow(known: User, { roleIds, teamId }: Standing): Promise<User> {
    const same = roleIds.length === known.roleIds.length && roleIds.every((id) => known.roleIds.includes(id));
    const patch = {
      ...(!same && { roleIds: [...roleIds] }),
      ...(teamId !== null && teamId !== known.teamId && { teamId }),
    };
    try {
      return await this.users.update(HOUSE, known.id, patch);
    } catch (error) {
      if (error instanceof DomainError && error.code === 'LAST_ADMINISTRATOR') return known;
      throw error;
    }
  }
}

const writable = ({ roleIds, teamId }: Standing) => ({ roleIds: [...roleIds], teamId });

const textsIn = (claim: unknown): string[] =>
  Array.isArray(claim) ? claim.filter((value) => typeof value === 'string') : [];
