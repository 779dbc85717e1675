import { DealHandover } from '@voronka/contracts';
import { CreateHandover1730000000300, exported, Handover, type ServiceDefinition } from '@voronka/service-kit';
import { BoardModule } from './board/board.module.js';
import { DealConversionModule } from './deal-conversion/deal-conversion.module.js';
import { DealConversion } from './deal-conversion/deal-conversion.js';
import { showDeal } from './deal/deal.graphql.js';
import { dealList } from './deal/deal.list.js';
import { DealModule } from './deal/deal.module.js';
import { Deal } from './deal/deal.js';
import { CreatePipelineAndProduct1730000000001 } from './migrations/1730000000001-create-pipeline-and-product.js';
import { CreateDeal1730000000002 } from './migrations/1730000000002-create-deal.js';
import { CreateDealConversion1730000000003 } from './migrations/1730000000003-create-deal-conversion.js';
import { ShareRecords1730000000004 } from './migrations/1730000000004-share-records.js';
import { IndexOwnerAndStage1730000000005 } from './migrations/1730000000005-index-owner-and-stage.js';
import { NoteShareHolders1730000000006 } from './migrations/1730000000006-note-share-holders.js';
import { CreateBoardCell1730000000007 } from './migrations/1730000000007-create-board-cell.js';
import { IndexOwnerAlone1730000000008 } from './migrations/1730000000008-index-owner-alone.js';
import { IndexOwnerStageAndExpected1730000000009 } from './migrations/1730000000009-index-owner-stage-and-expected.js';
import { CreateBoardTotal1730000000010 } from './migrations/1730000000010-create-board-total.js';
import { PipelineModule } from './pipeline/pipeline.module.js';
import { PipelineService } from './pipeline/pipeline.service.js';
import { Pipeline } from './pipeline/pipeline.js';
import { showProduct } from './product/product.graphql.js';
import { productList } from './product/product.list.js';
import { ProductModule } from './product/product.module.js';
import { Product } from './product/product.js';

export const deals: ServiceDefinition = {
  name: 'deals',
  modules: [PipelineModule, ProductModule, DealModule, BoardModule, DealConversionModule],
  entities: [Pipeline, Product, Deal, DealConversion, Handover],
  migrations: [
    CreatePipelineAndProduct1730000000001,
    CreateDeal1730000000002,
    CreateDealConversion1730000000003,
    ShareRecords1730000000004,
    IndexOwnerAndStage1730000000005,
    NoteShareHolders1730000000006,
    CreateBoardCell1730000000007,
    IndexOwnerAlone1730000000008,
    IndexOwnerStageAndExpected1730000000009,
    CreateBoardTotal1730000000010,
    CreateHandover1730000000300,
  ],
  publishes: ['pipeline', 'product', 'deal', 'deal-conversion', 'deal-handover'],
  references: ['company', 'contact', 'lead'],
  handovers: {
    events: DealHandover,
    nouns: [{ type: Deal, open: `t.status = 'OPEN'`, pipeline: 't.pipeline_id', status: 't.status', valued: true }],
  },
  exports: { deals: exported(dealList, showDeal), products: exported(productList, showProduct) },
  begin: (app) => app.get(PipelineService).begin(),
};
