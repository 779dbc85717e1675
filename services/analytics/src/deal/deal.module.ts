import { Module } from '@nestjs/common';
import { DealConsumer } from './deal.consumer.js';
import { DealService } from './deal.service.js';

@Module({ controllers: [DealConsumer], providers: [DealService] })
export class DealModule {}
