import { referenceTo } from '@voronka/service-kit';

export const UserRef = referenceTo('User');
export const LeadRef = referenceTo('Lead');
