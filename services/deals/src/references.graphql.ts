import { referenceTo, referenceToPerson } from '@voronka/service-kit';

export const UserRef = referenceToPerson();
export const TeamRef = referenceTo('Team');

/** What a deal can be with or from. Each gets its deals from here. */
export const CompanyRef = referenceTo('Company', { extended: true });
export const ContactRef = referenceTo('Contact', { extended: true });
export const LeadRef = referenceTo('Lead', { extended: true });
