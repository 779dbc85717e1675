import { Module } from '@nestjs/common';
import { PipelineModule } from '../pipeline/pipeline.module.js';
import { BoardKeeper } from './board.keeper.js';
import { BoardResolver } from './board.resolver.js';
import { BoardService } from './board.service.js';

@Module({ imports: [PipelineModule], providers: [BoardService, BoardKeeper, BoardResolver] })
export class BoardModule {}
