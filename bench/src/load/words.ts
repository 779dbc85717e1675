import type { Address, ContactPoint } from '@voronka/contracts';
import type { Random } from './random.js';

const first = (
  'Anna Boris Clara David Elena Farid Greta Hugo Irina Jonas Karim Lena Marta Nils Olga Pavel Rosa Stefan Tamara Ugo ' +
  'Vera Walter Xenia Yusuf Zoe Amir Beate Carlos Daria Emil Fatima Georg Hanna Igor Julia Konrad Lucia Miguel Nadia Otto'
).split(' ');
const syllables = 'ba ce di fo gu ha je ki lo mu na pe ri so tu va we xi yo za bra cle dro fri gle kra'.split(' ');
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

/** A word of three syllables, one of some twenty thousand. */
export const word = (random: Random): string => spelt(random.below(syllables.length ** 3));
/** The most frequent surname is that of one in 130, as where names are most alike (Smith, Müller). */
export const person = (random: Random): string => `${random.one(first)} ${spelt(random.low(syllables.length ** 3, 2))}`;
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

function spelt(n: number): string {
  const many = syllables.length;
  const letters = [n, n / many, n / many ** 2].map((digit) => syllables[Math.floor(digit) % many]).join('');
  return letters.charAt(0).toUpperCase() + letters.slice(1);
}
