import { Module } from '@nestjs/common';
import { CompanyModule } from '../company/company.module.js';
import { CompanyContactsResolver, ContactCompanyResolver, ContactResolver } from './contact.resolver.js';
import { ContactService } from './contact.service.js';

@Module({
  imports: [CompanyModule],
  providers: [ContactService, ContactResolver, ContactCompanyResolver, CompanyContactsResolver],
  exports: [ContactService],
})
export class ContactModule {}
