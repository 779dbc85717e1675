import type { Address, ContactPoint } from '@voronka/contracts';
import type { Random } from './random.js';

const first = ['Anna', 'Boris', 'Clara', 'David', 'Elena', 'Farid', 'Greta', 'Hugo', 'Irina', 'Jonas'];
const last = ['Smirnova', 'Barnes', 'Keller', 'Moreau', 'Novak', 'Okafor', 'Petrov', 'Rossi', 'Silva', 'Weber'];
const firms = [
  'Harbour Instruments',
  'Northern Timber',
  'Lumen Optics',
  'Delta Freight',
  'Orchard Foods',
  'Stone & Sons',
];
const cities = ['Rotterdam', 'Lyon', 'Porto', 'Gdansk', 'Turin', 'Bergen'];
const talk = [
  'asked for forty units by May',
  'compares us with two others',
  'wants to see it at work first',
  'budget is decided in the third quarter',
  'prefers to be called in the morning',
  'met at the fair, very interested',
];
export const sources = ['web form', 'trade fair', 'referral', 'cold call', 'partner'];

export const person = (random: Random): string => `${random.one(first)} ${random.one(last)}`;
export const firm = (random: Random): string => `${random.one(firms)} ${random.below(1000)}`;
export const note = (random: Random): string => `${random.one(talk)}; ${random.one(talk)}`;

export function phone(random: Random): ContactPoint {
  const digits = String(10_000_000 + random.below(89_999_999));
  return { typed: `+44 20 ${digits.slice(0, 4)} ${digits.slice(4)}`, normalised: `+4420${digits}` };
}

export function mail(random: Random): ContactPoint {
  const typed = `${person(random).replace(' ', '.')}${random.below(1000)}@example.com`;
  return { typed, normalised: typed.toLowerCase() };
}

export const address = (random: Random): Address => ({
  country: 'Netherlands',
  region: null,
  city: random.one(cities),
  street: `Harbour street ${1 + random.below(200)}`,
  postalCode: String(10_000 + random.below(89_999)),
});
