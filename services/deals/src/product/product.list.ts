import { field, list } from '@voronka/service-kit';
import { Product } from './product.js';

export const productList = list(Product, 'Product', {
  fields: {
    name: field.text({ order: true }),
    series: field.text({ nullable: true }),
    active: field.boolean(),
  },
  search: 't.search_text',
  defaultOrder: { field: 'name', direction: 'ASC' },
});
