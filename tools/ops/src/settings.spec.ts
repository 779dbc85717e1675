import { describe, expect, it } from '@jest/globals';
import { settingsOf } from './settings.js';
import { System } from './system.js';

const server = { DATABASE_URL: 'postgres://u:p@one:5432/', BROKER_URL: 'kafka://broker:9092' };
const deals = 'postgres://u:p@two:5433/deals_of_ours';

describe('a database that was moved', () => {
  it('is found where its own setting says, and the others on the server', () => {
    const { urlOf } = new System(settingsOf({ ...server, DEALS_DATABASE_URL: deals }));
    expect(urlOf('deals')).toBe(deals);
    expect(urlOf('leads')).toBe('postgres://u:p@one:5432/voronka_leads');
  });

  it('that does not answer is named with the setting that says where it is', async () => {
    const nowhere = 'postgres://u:p@127.0.0.1:1/deals_of_ours';
    const system = new System(settingsOf({ ...server, DEALS_DATABASE_URL: nowhere }));
    await expect(system.ask('deals', () => Promise.resolve())).rejects.toThrow(
      /^The database deals_of_ours on 127\.0\.0\.1:1 does not answer .* that DEALS_DATABASE_URL is right\.$/,
    );
    await system.close();
  });

  it('has an address, or it is said which setting is wrong', () => {
    const wrong = () => settingsOf({ ...server, DEALS_DATABASE_URL: 'two:5433' });
    expect(wrong).toThrow(
      'DEALS_DATABASE_URL is not an address: give postgres://user:password@host:5432/voronka_deals.',
    );
  });
});
