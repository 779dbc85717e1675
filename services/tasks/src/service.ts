import { exported, type ServiceDefinition } from '@voronka/service-kit';
import { Activity } from './activity/activity.js';
import { activityList, showActivity } from './activity/activity.graphql.js';
import { ActivityModule } from './activity/activity.module.js';
import { CreateActivity1730000000001 } from './migrations/1730000000001-create-activity.js';
import { ReminderModule } from './reminder/reminder.module.js';

export const tasks: ServiceDefinition = {
  name: 'tasks',
  modules: [ActivityModule, ReminderModule],
  entities: [Activity],
  migrations: [CreateActivity1730000000001],
  publishes: ['activity'],
  references: ['lead', 'deal', 'company', 'contact'],
  exports: { activities: exported(activityList, showActivity) },
};
