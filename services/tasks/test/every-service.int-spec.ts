import { describeDoor, describePlans, describeRights } from '@voronka/testing';
import { tasks } from '../src/service.js';

describeDoor(tasks);

describeRights(tasks, {
  type: 'Activity',
  plural: 'activities',
  create: {
    field: 'planActivity',
    input: 'PlanActivityInput',
    content: { kind: 'CALL', subject: 'Call', dueAt: '2026-03-09T09:00:00Z' },
  },
  change: { input: 'UpdateActivityInput', content: { note: 'Called.' } },
  shareable: false,
});

describePlans(tasks);
