import { describeRights } from '@voronka/testing';
import { deals } from '../src/service.js';

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
