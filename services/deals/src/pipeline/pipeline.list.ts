import { field, list } from '@voronka/service-kit';
import { Pipeline } from './pipeline.js';

export const pipelineList = list(Pipeline, 'Pipeline', {
  fields: {
    name: field.text({ order: true }),
    isDefault: field.boolean(),
    archived: field.boolean(),
  },
  defaultOrder: { field: 'createdAt', direction: 'ASC' },
});
