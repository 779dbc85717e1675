import { referenceTo, referenceToPerson } from '@voronka/service-kit';

export const UserRef = referenceToPerson();
export const LeadRef = referenceTo('Lead');
