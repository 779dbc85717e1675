import { referenceTo, referenceToPerson } from '@voronka/service-kit';

export const UserRef = referenceToPerson();
export const TeamRef = referenceTo('Team');
export const ProductRef = referenceTo('Product');
export const PipelineRef = referenceTo('Pipeline');
