import { describePlans } from '@voronka/testing';
import { deals } from '../src/service.js';

describePlans(deals, [
  { name: 'deals', by: ['ownerId', 'stageId'], orders: ['createdAt', 'amount', 'expectedCloseOn'] },
]);
