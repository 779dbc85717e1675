import { AccountHandover } from '@voronka/contracts';
import { CreateHandover1730000000300, exported, Handover, type ServiceDefinition } from '@voronka/service-kit';
import { AccountConversionModule } from './account-conversion/account-conversion.module.js';
import { AccountConversion } from './account-conversion/account-conversion.js';
import { companyList, showCompany } from './company/company.graphql.js';
import { CompanyModule } from './company/company.module.js';
import { Company } from './company/company.js';
import { contactList, showContact } from './contact/contact.graphql.js';
import { ContactModule } from './contact/contact.module.js';
import { Contact } from './contact/contact.js';
import { CreateCompany1730000000200 } from './migrations/1730000000200-create-company.js';
import { CreateContact1730000000201 } from './migrations/1730000000201-create-contact.js';
import { CreateAccountConversion1730000000202 } from './migrations/1730000000202-create-account-conversion.js';
import { ShareRecords1730000000203 } from './migrations/1730000000203-share-records.js';
import { NoteShareHolders1730000000204 } from './migrations/1730000000204-note-share-holders.js';
import { IndexOwnerAlone1730000000205 } from './migrations/1730000000205-index-owner-alone.js';

/** Accounts: the customer base, who they are and how they relate. */
export const accounts: ServiceDefinition = {
  name: 'accounts',
  modules: [CompanyModule, ContactModule, AccountConversionModule],
  entities: [Company, Contact, AccountConversion, Handover],
  migrations: [
    CreateCompany1730000000200,
    CreateContact1730000000201,
    CreateAccountConversion1730000000202,
    ShareRecords1730000000203,
    NoteShareHolders1730000000204,
    IndexOwnerAlone1730000000205,
    CreateHandover1730000000300,
  ],
  publishes: ['company', 'contact', 'account-conversion', 'account-handover'],
  handovers: {
    events: AccountHandover,
    nouns: [
      { type: Company, open: 'true' },
      // A contact goes with its first company.
      { type: Contact, open: 'true', kin: `(t.companies -> 0 ->> 'companyId')::uuid` },
    ],
  },
  exports: { companies: exported(companyList, showCompany), contacts: exported(contactList, showContact) },
};
