import { describeDoor, describePlans, describeRights } from '@voronka/testing';
import { deals } from '../src/service.js';

describeDoor(deals);

describeRights(deals, {
  type: 'Deal',
  plural: 'deals',
  create: {
    field: 'createDeal',
    input: 'CreateDealInput',
    content: { title: 'Laptops', amount: { amount: 105_400, currency: 'EUR' } },
  },
  change: { input: 'UpdateDealInput', content: { source: 'fair' } },
});

describePlans(deals, [
  { name: 'deals', by: ['ownerId', 'stageId'], orders: ['createdAt', 'amount', 'expectedCloseOn'] },
]);
