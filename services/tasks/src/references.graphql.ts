import { referenceTo, referenceToPerson } from '@voronka/service-kit';

export const UserRef = referenceToPerson();

/** What an activity can be about. Each gets its next step and its activities from here. */
export const LeadRef = referenceTo('Lead', { extended: true });
export const DealRef = referenceTo('Deal', { extended: true });
export const CompanyRef = referenceTo('Company', { extended: true });
export const ContactRef = referenceTo('Contact', { extended: true });
