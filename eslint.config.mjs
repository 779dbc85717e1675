import { resolve } from 'node:path';
import { house } from './tools/lint/house.mjs';

export default [
  {
    ignores: ['**/dist/', '**/node_modules/', '.local/', '.nx/', 'coverage/', 'tools/lint/fixtures/', '**/generated/'],
  },
  ...house(resolve(import.meta.dirname, 'tools/lint/tsconfig.json')),
];
