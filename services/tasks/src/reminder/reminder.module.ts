import { Module } from '@nestjs/common';
import { ReminderService } from './reminder.service.js';

@Module({ providers: [ReminderService] })
export class ReminderModule {}
