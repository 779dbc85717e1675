import type { SASLOptions } from 'kafkajs';

const mechanisms = ['scram-sha-512', 'scram-sha-256', 'plain'] as const;

/** Where Kafka is, and how one gets in. */
export interface KafkaAddress {
  readonly brokers: readonly string[];
  readonly ssl?: true;
  readonly sasl?: SASLOptions;
}

/** Of a URL as `brokerFrom` takes it. Throws where it asks for another way in. */
export function kafkaAddress(url: string): KafkaAddress {
  const [place = '', query] = url.slice('kafka://'.length).split('?');
  const at = place.lastIndexOf('@');
  const brokers = place
    .slice(at + 1)
    .replace(/\/+$/, '')
    .split(',');
  const said = new URLSearchParams(query);
  const mechanism = mechanisms.find((known) => known === (said.get('sasl') ?? mechanisms[0]));
  const tls = said.get('tls') ?? (at < 0 ? 'off' : 'on');
  if (!mechanism || !['on', 'off'].includes(tls))
    throw new Error(`give in BROKER_URL as sasl one of ${mechanisms.join(', ')}, and as tls on or off`);
  const [username = '', password = ''] = place.slice(0, Math.max(at, 0)).split(':').map(decodeURIComponent);
  return {
    brokers,
    ...(tls === 'on' && { ssl: true }),
    ...(at >= 0 && { sasl: { mechanism, username, password } as SASLOptions }),
  };
}
