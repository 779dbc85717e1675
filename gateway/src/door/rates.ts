import { network } from '@voronka/service-kit/process';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { anonymous, type Asker } from '../identity/asker.js';

/** Points that a minute gives. */
export interface Allowances {
  /** To a person who is signed in, over all sessions and API keys. */
  readonly person: number;
  /** To an address from which somebody asks who is not signed in. */
  readonly anonymous: number;
}

/** What is left after a request, and the headers that say so. */
export interface Taken {
  readonly allowed: boolean;
  readonly headers: Readonly<Record<string, string>>;
  /** Seconds until there are points again. */
  readonly wait: number;
}

const WINDOW_S = 60;
/**
 * How much may be asked in a minute, counted in this process alone: behind two gateways a client has twice as much.
 * The headers are those of draft-ietf-httpapi-ratelimit-headers.
 */
export class Rates {
  private readonly limiters: Readonly<Record<keyof Allowances, RateLimiterMemory>>;

  constructor(private readonly allowances: Allowances) {
    const limiter = (name: keyof Allowances) =>
      new RateLimiterMemory({ keyPrefix: name, points: allowances[name], duration: WINDOW_S });
    this.limiters = { person: limiter('person'), anonymous: limiter('anonymous') };
  }

  async take(asker: Asker | null, address: string, points: number): Promise<Taken> {
    const known = asker !== null && asker !== anonymous;
    const name = known ? 'person' : 'anonymous';
    const { rest, allowed } = await this.consume(name, known ? asker.userId : network(address), points);
    const wait = Math.ceil(rest.msBeforeNext / 1000);
    return {
      allowed,
      wait,
      headers: {
        'ratelimit-policy': `"${name}";q=${this.allowances[name]};w=${WINDOW_S}`,
        ratelimit: `"${name}";r=${rest.remainingPoints};t=${wait}`,
        ...(allowed ? {} : { 'retry-after': String(wait) }),
      },
    };
  }

  /** Whether nothing is left to an address of what strangers may ask. Takes nothing. */
  async spent(address: string): Promise<boolean> {
    const rest = await this.limiters.anonymous.get(network(address));
    return rest !== null && rest.remainingPoints <= 0;
  }

  private async consume(name: keyof Allowances, key: string, points: number) {
    try {
      return { rest: await this.limiters[name].consume(key, points), allowed: true };
    } catch (rest) {
      if (rest instanceof RateLimiterRes) return { rest, allowed: false };
      throw rest;
    }
  }
}
