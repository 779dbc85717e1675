import { referenceTo, referenceToPerson } from '@voronka/service-kit';

export const UserRef = referenceToPerson();
export const ProductRef = referenceTo('Product');
export const CompanyRef = referenceTo('Company');
export const ContactRef = referenceTo('Contact');
export const DealRef = referenceTo('Deal');
