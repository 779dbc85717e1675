import { describeDoor, describePlans, describeRights } from '@voronka/testing';
import { leads } from '../src/service.js';

describeDoor(leads);

describeRights(leads, {
  type: 'Lead',
  plural: 'leads',
  create: { field: 'createLead', input: 'CreateLeadInput', content: { personName: 'Ivan' } },
  change: { input: 'UpdateLeadInput', content: { note: 'Called.' } },
});

describePlans(leads);
