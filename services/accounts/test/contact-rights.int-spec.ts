import { describeRights } from '@voronka/testing';
import { accounts } from '../src/service.js';

describeRights(accounts, {
  type: 'Contact',
  plural: 'contacts',
  create: { field: 'createContact', input: 'CreateContactInput', content: { name: 'Ivan' } },
  change: { input: 'UpdateContactInput', content: { note: 'Called.' } },
});
