import { Module } from '@nestjs/common';
import { CompanyResolver } from './company.resolver.js';
import { CompanyService } from './company.service.js';

@Module({ providers: [CompanyService, CompanyResolver], exports: [CompanyService] })
export class CompanyModule {}
