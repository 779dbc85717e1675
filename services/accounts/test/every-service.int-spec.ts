import { describeDoor, describePlans, describeRights } from '@voronka/testing';
import { accounts } from '../src/service.js';

describeDoor(accounts);

describeRights(accounts, {
  type: 'Company',
  plural: 'companies',
  create: { field: 'createCompany', input: 'CreateCompanyInput', content: { name: 'Granite' } },
  change: { input: 'UpdateCompanyInput', content: { note: 'Called.' } },
});

describeRights(accounts, {
  type: 'Contact',
  plural: 'contacts',
  create: { field: 'createContact', input: 'CreateContactInput', content: { name: 'Ivan' } },
  change: { input: 'UpdateContactInput', content: { note: 'Called.' } },
});

describePlans(accounts);
