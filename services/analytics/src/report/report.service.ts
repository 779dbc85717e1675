import { Inject, Injectable } from '@nestjs/common';
import { DomainError } from '@voronka/contracts';
import { check, Database, instant, SETTINGS } from '@voronka/service-kit';
import { z } from 'zod';

export const settings = {
  ORGANISATION_TIME_ZONE: z
    .string()
    .refine(isTimeZone, 'name a zone of the IANA data base, such as Europe/Moscow')
    .default('UTC')
    .meta({
      description: 'The zone in which the organisation’s days and months begin and end, such as `Europe/Moscow`.',
    }),
};

/** From `from` to before `to`; open where null. */
export interface Period {
  readonly from?: Date | null;
  readonly to?: Date | null;
}

/** What a report may cost before it is given up. */
const TIMEOUT_MS = 15_000;
// Beside others who ask, a report that is shared out among workers takes a third more of the machine for all.
const BEGIN = `begin isolation level repeatable read, read only; set local max_parallel_workers_per_gather = 0;
  set local statement_timeout = ${TIMEOUT_MS}; set local plan_cache_mode = force_custom_plan`;
const QUERY_CANCELED = '57014';

/** How every report is read. */
@Injectable()
export class ReportService {
  readonly timeZone: string;

  constructor(
    private readonly database: Database,
    @Inject(SETTINGS) given: { ORGANISATION_TIME_ZONE?: string },
  ) {
    this.timeZone = given.ORGANISATION_TIME_ZONE ?? 'UTC';
  }

  /**
   * Runs a report's statements on one state of the data. They are planned for their values: with a plan for any value, a
   * period of a day would cost what ten years cost. Refuses with `UNAVAILABLE` after 15 seconds.
   */
  async read<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await this.database.transaction(work, BEGIN);
    } catch (error) {
      if ((error as { code?: unknown }).code !== QUERY_CANCELED) throw error;
      throw new DomainError('UNAVAILABLE', 'This report takes too long. Ask for a shorter period or fewer people.');
    }
  }
}

/** A period as two values of a statement. Refuses with `INVALID_DATE` one that cannot be meant or ends before it begins. */
export function boundsOf({ from, to }: Period): [Date | string, Date | string] {
  if (from) check(instant, from, 'from');
  if (to) check(instant, to, 'to');
  if (from && to && to <= from)
    throw new DomainError('INVALID_DATE', 'The period ends before it begins. Choose a later end.', 'to');
  return [from ?? '-infinity', to ?? 'infinity'];
}

/** A name that JavaScript and PostgreSQL read alike, which offsets such as +03:00 are not. */
function isTimeZone(name: string): boolean {
  try {
    return (
      /^[A-Za-z]/.test(name) && new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
    );
  } catch {
    return false;
  }
}
