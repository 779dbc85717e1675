import { Injectable } from '@nestjs/common';
import { personOf, type Actor, type ConversionPartState, type Id } from '@voronka/contracts';
import { digestOf, happened, newId, one, Store, type Verb } from '@voronka/service-kit';
import { Lead } from '../lead/lead.js';
import { choicesOf, type ConvertLeadInput } from './conversion.graphql.js';
import { Conversion } from './conversion.js';

/** The use cases of converting, each in one transaction; what accounts and deals do comes by events. */
@Injectable()
export class ConversionService {
  constructor(private readonly store: Store) {}

  /**
   * Begins a conversion. Asked again with the same input, also at the same moment, it answers the same conversion; with
   * other input it refuses with `LEAD_BEING_CONVERTED` or `LEAD_ALREADY_CONVERTED`.
   */
  async convert(by: Actor, verb: Verb, input: ConvertLeadInput): Promise<Conversion> {
    const choices = choicesOf(input);
    const request = { person: personOf(by), fingerprint: digestOf(choices) };
    const ids = { conversion: newId(), company: newId(), contact: newId(), deal: newId() };
    const { lead } = await this.store.write(by, { lead: one(Lead, verb.id, verb.expectedVersion) }, (locked, now) =>
      locked.lead.inConversion
        ? []
        : Conversion.request(locked.lead, choices, ids, request, happened(verb.occurredAt, now)),
    );
    const conversion = await this.store.get(by, Conversion, lead.conversionId ?? ids.conversion);
    if (conversion.fingerprint !== request.fingerprint) throw lead.refusal('convert');
    return conversion;
  }

  async cancel(by: Actor, { id, expectedVersion, occurredAt }: Verb): Promise<Conversion> {
    const { leadId } = await this.store.get(by, Conversion, id);
    const slots = { lead: one(Lead, leadId), conversion: one(Conversion, id, expectedVersion) };
    const { conversion } = await this.store.write(by, slots, (locked, now) =>
      locked.conversion.cancel(happened(occurredAt, now)),
    );
    return conversion;
  }

  /** Accounts or deals answered. */
  async answered(by: Actor, part: 'accounts' | 'deals', answer: ConversionPartState): Promise<void> {
    const slots = { conversion: one(Conversion, answer.id), lead: one(Lead, answer.leadId) };
    await this.store.write(by, slots, ({ conversion, lead }, now) => conversion.answer(part, answer, lead, now));
  }

  find(by: Actor, id: Id): Promise<Conversion | null> {
    return this.store.find(by, Conversion, id);
  }

  byIds(by: Actor, ids: readonly Id[]): Promise<(Conversion | null)[]> {
    return this.store.byIds(by, Conversion, ids);
  }
}
