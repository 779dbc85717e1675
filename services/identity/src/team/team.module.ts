import { Module } from '@nestjs/common';
import { TeamResolver } from './team.resolver.js';
import { TeamService } from './team.service.js';

@Module({ providers: [TeamService, TeamResolver] })
export class TeamModule {}
