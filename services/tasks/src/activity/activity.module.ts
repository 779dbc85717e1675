import { Module } from '@nestjs/common';
import { ActivityResolver } from './activity.resolver.js';
import { ActivityService } from './activity.service.js';
import { subjectResolvers } from './subject.resolver.js';

@Module({ providers: [ActivityService, ActivityResolver, ...subjectResolvers] })
export class ActivityModule {}
