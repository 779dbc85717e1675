import { Module } from '@nestjs/common';
import { ReportModule } from '../report/report.module.js';
import { SalesResolver } from './sales.resolver.js';
import { SalesService } from './sales.service.js';

@Module({ imports: [ReportModule], providers: [SalesService, SalesResolver] })
export class SalesModule {}
