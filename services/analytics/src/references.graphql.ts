import { referenceTo } from '@voronka/service-kit';

export const UserRef = referenceTo('User');
export const TeamRef = referenceTo('Team');
export const ProductRef = referenceTo('Product');
export const PipelineRef = referenceTo('Pipeline');
