/** What the demonstration organisation is made of. All of it is invented. */

export const head = { name: 'Elena Orlova' };

/** Three teams; the first person of each is its head. */
export const teams = [
  {
    name: 'Moscow',
    currency: 'RUB',
    people: ['Dmitry Volkov', 'Anna Smirnova', 'Павел Егоров', 'Olga Kuznetsova'],
  },
  { name: 'Kazan', currency: 'RUB', people: ['Рустам Галеев', 'Maria Petrova', 'Timur Sharipov', 'Светлана Белова'] },
  { name: 'London', currency: 'EUR', people: ['Grace Whitfield', 'Oliver Hargreaves', 'Priya Nair', 'Thomas Ashdown'] },
] as const;

export const products = [
  { name: 'Workshop terminal', series: 'Terminals', price: { amount: 18_900_00, currency: 'RUB' } },
  { name: 'Warehouse scanner', series: 'Terminals', price: { amount: 42_500_00, currency: 'RUB' } },
  { name: 'Line controller', series: 'Controllers', price: { amount: 3_400_00, currency: 'EUR' } },
  { name: 'Energy meter set', series: 'Controllers', price: { amount: 1_150_00, currency: 'EUR' } },
  { name: 'Installation', series: 'Services', price: { amount: 90_000_00, currency: 'RUB' } },
  { name: 'Support, one year', series: 'Services', price: { amount: 120_000_00, currency: 'RUB' } },
] as const;

export const renewals = {
  name: 'Renewals',
  stages: [
    { name: 'Due', probability: 60 },
    { name: 'Offered', probability: 75 },
    { name: 'Agreed', probability: 95 },
  ],
};

export const companyHeads = [
  'Север',
  'Volga',
  'Alder',
  'Kestrel',
  'Заря',
  'Baltic',
  'Harbour',
  'Ural',
  'Meridian',
  'Тверь',
  'Linden',
  'Granit',
];
export const companyTails = [
  'Machinery',
  'Foods',
  'Logistics',
  'Textiles',
  'Строй',
  'Instruments',
  'Paper',
  'Печать',
  'Pharma',
  'Tools',
];
export const industries = ['machinery', 'food', 'logistics', 'construction', 'retail', 'pharmaceuticals'];
export const firstNames = [
  'Ivan',
  'Мария',
  'George',
  'Алексей',
  'Sophie',
  'Nikita',
  'Екатерина',
  'Edward',
  'Лейла',
  'Harriet',
  'Сергей',
  'Amelia',
];
export const lastNames = [
  'Fedorenko',
  'Козлов',
  'Barnes',
  'Соколов',
  'Lindqvist',
  'Мельник',
  'Harper',
  'Ахметов',
  'Novak',
  'Pritchard',
];
export const cities = ['Moscow', 'Kazan', 'London', 'Nizhny Novgorod', 'Leeds', 'Samara'];
export const sources = ['web form', 'trade fair', 'referral', 'cold call', 'partner', 'newsletter'];
export const disqualifyReasons = ['NO_NEED', 'NO_BUDGET', 'NO_CONTACT', 'COMPETITOR', 'SPAM'];
export const lostReasons = ['PRICE', 'COMPETITOR', 'NO_BUDGET', 'NO_DECISION', 'TIMING'];
export const steps = [
  { kind: 'CALL', subject: 'Call back about the quantities' },
  { kind: 'MEETING', subject: 'Show the terminals on site' },
  { kind: 'TASK', subject: 'Send the offer' },
  { kind: 'CALL', subject: 'Ask whether the budget is approved' },
  { kind: 'TASK', subject: 'Prepare the contract' },
];
export const outcomes = [
  'They want an offer by Friday.',
  'No answer; trying again.',
  'Agreed on the quantities.',
  'The budget is decided next month.',
];
