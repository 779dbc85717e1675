import { Module } from '@nestjs/common';
import { ActivityConsumer } from './activity.consumer.js';
import { ActivityResolver } from './activity.resolver.js';
import { ActivityService } from './activity.service.js';
import { subjectResolvers } from './subject.resolver.js';

@Module({ controllers: [ActivityConsumer], providers: [ActivityService, ActivityResolver, ...subjectResolvers] })
export class ActivityModule {}
