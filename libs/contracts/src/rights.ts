/**
 * What may be done, to what, by whom. The lists stand here, beside the nouns, because the door of every service asks
 * the same question. A role grants an action on an entity; what is not granted is refused.
 */
export const actions = ['read', 'create', 'update', 'assign', 'convert', 'win', 'lose', 'import', 'manage'] as const;
export type Action = (typeof actions)[number];

export const entities = [
  'user',
  'team',
  'lead',
  'company',
  'contact',
  'pipeline',
  'product',
  'deal',
  'activity',
  'report',
] as const;
export type Entity = (typeof entities)[number];

export const roles = ['ADMINISTRATOR', 'HEAD', 'SALESPERSON', 'ANALYST'] as const;
export type Role = (typeof roles)[number];

const selling: readonly Entity[] = ['lead', 'company', 'contact', 'deal', 'activity'];

/** Whether a role grants an action on an entity. The catalogue and the people are the administrator's; analysts read. */
export function roleGrants(role: Role, action: Action, entity: Entity): boolean {
  switch (role) {
    case 'ADMINISTRATOR':
      return true;
    case 'HEAD':
    case 'SALESPERSON':
      return action === 'read' || (selling.includes(entity) && action !== 'import' && action !== 'manage');
    case 'ANALYST':
      return action === 'read';
  }
}
