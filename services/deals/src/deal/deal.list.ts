import { dealStatuses, lostReasons } from '@voronka/contracts';
import { enumOf, field, list } from '@voronka/service-kit';
import { registerEnumType } from '@nestjs/graphql';
import { Deal } from './deal.js';

export const DealStatusEnum = enumOf(dealStatuses);
registerEnumType(DealStatusEnum, { name: 'DealStatus', description: 'Whether a deal is worked, won or lost.' });
export const LostReasonEnum = enumOf(lostReasons);
registerEnumType(LostReasonEnum, { name: 'LostReason', description: 'Why a deal was lost.' });

export const dealList = list(Deal, 'Deal', {
  fields: {
    status: field.enum(DealStatusEnum, 'DealStatus'),
    pipelineId: field.id(),
    stageId: field.id(),
    ownerId: field.id(),
    companyId: field.id({ nullable: true }),
    contactId: field.id({ nullable: true }),
    leadId: field.id({ nullable: true }),
    source: field.text({ nullable: true }),
    amount: field.number({ order: true, nullable: true }),
    expectedCloseOn: field.day({ order: true, nullable: true }),
    closedAt: field.instant({ order: true, nullable: true }),
    updatedAt: field.instant({ order: true }),
  },
  search: 't.search_text',
});
