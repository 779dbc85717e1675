import { describe, expect, it } from '@jest/globals';
import { kafkaAddress } from './kafka.address.js';

describe('where Kafka is', () => {
  it('is one broker or several, without a name and in the clear', () => {
    expect(kafkaAddress('kafka://one:9092')).toEqual({ brokers: ['one:9092'] });
    expect(kafkaAddress('kafka://one:9092,two:9093/')).toEqual({ brokers: ['one:9092', 'two:9093'] });
  });

  it('is got into with a name and a password, over TLS', () => {
    expect(kafkaAddress('kafka://voronka-leads:p%40ss%3Aword@one:9093,two:9093')).toEqual({
      brokers: ['one:9093', 'two:9093'],
      ssl: true,
      sasl: { mechanism: 'scram-sha-512', username: 'voronka-leads', password: 'p@ss:word' },
    });
  });

  it('says by which mechanism, and whether over TLS', () => {
    expect(kafkaAddress('kafka://a:b@one:9092?sasl=plain&tls=off')).toEqual({
      brokers: ['one:9092'],
      sasl: { mechanism: 'plain', username: 'a', password: 'b' },
    });
    expect(kafkaAddress('kafka://one:9093?tls=on')).toEqual({ brokers: ['one:9093'], ssl: true });
  });

  it.each(['kafka://a:b@one:9092?sasl=guess', 'kafka://one:9092?tls=maybe'])('%s is refused', (url) => {
    expect(() => kafkaAddress(url)).toThrow('BROKER_URL');
  });
});
