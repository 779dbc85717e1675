import { LeadHandover } from '@voronka/contracts';
import { CreateHandover1730000000300, exported, Handover, type ServiceDefinition } from '@voronka/service-kit';
import { ConversionModule } from './conversion/conversion.module.js';
import { Conversion } from './conversion/conversion.js';
import { leadList, showLead } from './lead/lead.graphql.js';
import { LeadModule } from './lead/lead.module.js';
import { Lead } from './lead/lead.js';
import { CreateLead1730000000100 } from './migrations/1730000000100-create-lead.js';
import { CreateConversion1730000000101 } from './migrations/1730000000101-create-conversion.js';
import { ShareRecords1730000000102 } from './migrations/1730000000102-share-records.js';
import { IndexCurrency1730000000103 } from './migrations/1730000000103-index-currency.js';
import { NoteShareHolders1730000000104 } from './migrations/1730000000104-note-share-holders.js';
import { IndexOwnerAlone1730000000105 } from './migrations/1730000000105-index-owner-alone.js';

/** Leads: captured, worked, and converted into a company, a contact and a deal. */
export const leads: ServiceDefinition = {
  name: 'leads',
  modules: [LeadModule, ConversionModule],
  entities: [Lead, Conversion, Handover],
  migrations: [
    CreateLead1730000000100,
    CreateConversion1730000000101,
    ShareRecords1730000000102,
    IndexCurrency1730000000103,
    NoteShareHolders1730000000104,
    IndexOwnerAlone1730000000105,
    CreateHandover1730000000300,
  ],
  publishes: ['lead', 'conversion', 'lead-handover'],
  references: ['product'],
  handovers: {
    events: LeadHandover,
    nouns: [
      {
        type: Lead,
        open: `t.status in ('NEW', 'WORKING', 'QUALIFIED', 'CONVERTING')`,
        status: 't.status',
        valued: true,
      },
    ],
  },
  exports: { leads: exported(leadList, showLead) },
};
