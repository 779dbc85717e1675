import { describeRights } from '@voronka/testing';
import { accounts } from '../src/service.js';

describeRights(accounts, {
  type: 'Company',
  plural: 'companies',
  create: { field: 'createCompany', input: 'CreateCompanyInput', content: { name: 'Granite' } },
  change: { input: 'UpdateCompanyInput', content: { note: 'Called.' } },
});
