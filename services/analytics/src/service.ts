import type { ServiceDefinition } from '@voronka/service-kit';
import { DealModule } from './deal/deal.module.js';
import { FunnelModule } from './funnel/funnel.module.js';
import { LeadModule } from './lead/lead.module.js';
import { LeadFunnelModule } from './lead-funnel/lead-funnel.module.js';
import { CreateProjections1730000000001 } from './migrations/1730000000001-create-projections.js';
import { CoverReportsByOwner1730000000002 } from './migrations/1730000000002-cover-reports-by-owner.js';
import { PipelineModule } from './pipeline/pipeline.module.js';
import { settings } from './report/report.service.js';
import { SalesModule } from './sales/sales.module.js';

/** Reports, from what the other services announce. It owns no record; it announces facts for BI. */
export const analytics: ServiceDefinition = {
  name: 'analytics',
  modules: [PipelineModule, DealModule, LeadModule, FunnelModule, SalesModule, LeadFunnelModule],
  entities: [],
  migrations: [CreateProjections1730000000001, CoverReportsByOwner1730000000002],
  publishes: ['deal-stage'],
  references: ['pipeline'],
  settings,
};
