import { AccountHandover, ActivityHandover, DealHandover, LeadHandover } from '@voronka/contracts';
import { CreateHandover1730000000300, exported, Handover, type ServiceDefinition } from '@voronka/service-kit';
import { Activity } from './activity/activity.js';
import { activityList, showActivity } from './activity/activity.graphql.js';
import { ActivityModule } from './activity/activity.module.js';
import { CreateActivity1730000000001 } from './migrations/1730000000001-create-activity.js';
import { IndexCompletion1730000000002 } from './migrations/1730000000002-index-completion.js';
import { IndexOwnerAlone1730000000003 } from './migrations/1730000000003-index-owner-alone.js';
import { ReminderModule } from './reminder/reminder.module.js';

export const tasks: ServiceDefinition = {
  name: 'tasks',
  modules: [ActivityModule, ReminderModule],
  entities: [Activity, Handover],
  migrations: [
    CreateActivity1730000000001,
    IndexCompletion1730000000002,
    IndexOwnerAlone1730000000003,
    CreateHandover1730000000300,
  ],
  publishes: ['activity', 'activity-handover'],
  references: ['lead', 'deal', 'company', 'contact'],
  handovers: {
    events: ActivityHandover,
    // An activity goes with what it is about.
    nouns: [{ type: Activity, open: `t.status = 'PLANNED'`, kin: 't.about_id', status: 't.status' }],
    after: [LeadHandover, AccountHandover, DealHandover],
  },
  exports: { activities: exported(activityList, showActivity) },
};
