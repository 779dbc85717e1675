import { Module } from '@nestjs/common';
import { AccountConversionConsumer } from './account-conversion.consumer.js';
import { AccountConversionService } from './account-conversion.service.js';

@Module({ providers: [AccountConversionService], controllers: [AccountConversionConsumer] })
export class AccountConversionModule {}
