import { Injectable } from '@nestjs/common';
import { DomainError, type Actor, type ConversionState } from '@voronka/contracts';
import { Directory, many, maybe, Store, type RecordType } from '@voronka/service-kit';
import { Company } from '../company/company.js';
import { Contact } from '../contact/contact.js';
import { memberships } from '../contact/contact.service.js';
import { AccountConversion } from './account-conversion.js';

const MOST = 200;

/** This service's part in conversions. It runs in the transaction of the event that asks for it. */
@Injectable()
export class AccountConversionService {
  constructor(
    private readonly store: Store,
    private readonly directory: Directory,
  ) {}

  /** Makes the part and answers; what a rule refuses is an answer too, and then nothing is made. */
  async make(by: Actor, asked: ConversionState, at: Date): Promise<void> {
    const slots = await this.slotsFor(asked);
    try {
      await this.store.write(by, slots, ({ part, ...found }, now) =>
        part ? [] : AccountConversion.make(asked, found, at, now),
      );
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      await this.store.write(by, { part: slots.part }, ({ part }, now) =>
        part ? [] : AccountConversion.refuse(asked, error, now),
      );
    }
  }

  /** Takes the part back and answers that nothing of it is left; also where it was not made, which it then never is. */
  async undo(by: Actor, asked: ConversionState): Promise<void> {
    const { members, children } = await this.attached(by, asked);
    const slots = {
      ...slotsOf(asked),
      members: many(Contact, members),
      children: many(Company, children),
    };
    await this.store.write(by, slots, ({ part, ...found }, now) =>
      part ? part.undo(asked, found, now) : AccountConversion.forestall(asked, now),
    );
  }

  /** One who converts a lead into what is there already must be able to see that; else it is as if it were not there. */
  private async slotsFor(asked: ConversionState) {
    const by = await this.directory.readerFor(asked.requestedBy);
    const { company, contact } = asked;
    const seen = async (type: RecordType, part: typeof company | typeof contact) =>
      part?.kind !== 'existing' || (await this.store.find(by, type, part.id)) !== null;
    return slotsOf({
      ...asked,
      company: (await seen(Company, company)) ? company : null,
      contact: (await seen(Contact, contact)) ? contact : null,
    });
  }

  /** Whom people have attached to the new company since it was made. */
  private async attached(by: Actor, { company }: ConversionState) {
    if (company?.kind !== 'new') return { members: [], children: [] };
    const [members = []] = await this.store.listing(by, Contact, memberships, [company.id], MOST);
    const [children = []] = await this.store.related(by, Company, 'parent_id', [company.id], MOST);
    return { members: members.map(({ id }) => id), children: children.map(({ id }) => id) };
  }
}

const slotsOf = ({ id, company, contact }: ConversionState) => ({
  part: maybe(AccountConversion, id),
  company: maybe(Company, company?.id),
  contact: maybe(Contact, contact?.id),
});
