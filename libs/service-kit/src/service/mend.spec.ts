import { createPrivateKey } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { brokerFrom, Database } from '@voronka/messaging';
import { mendOf, sentenceOf } from './mend.js';

/** Of localhost, on the first of January 2020 alone. */
const certificate = `-----BEGIN CERTIFICATE-----
MIIBYzCCAQigAwIBAgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhv
c3QwHhcNMjAwMTAxMDAwMDAwWhcNMjAwMTAyMDAwMDAwWjAUMRIwEAYDVQQDDAls
b2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARyB7I2G47M5jUO3nJv
D2TgDc1Y3BsJz4NZZFImKvnibtOzd47rB1SnCx7/WPN2tZMgIjK5Z98PdyYSEyft
kjAdo0swSTAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwDAYDVR0TBAUwAwEB
/zAdBgNVHQ4EFgQUSIr2D+4nu3Vb/FMzyJl0U5vnMhkwCgYIKoZIzj0EAwIDSQAw
RgIhAMB9cc1JuADbkzuKpPlGnZWE7UP7kOAvHqY0S2otsyROAiEA0jWBNsgYsqa5
3ZTjF+opbHtggY7+S8ZXISpn27SY7RY=
-----END CERTIFICATE-----
`;
const key = createPrivateKey({
  key: Buffer.from(
    'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgpLeofxXSt+Kgt2L2NgqRHDXlNyDc2JXvnn2bqsAGJT6hRANCAARyB7I2G47M5jUO3nJvD2TgDc1Y3BsJz4NZZFImKvnibtOzd47rB1SnCx7/WPN2tZMgIjK5Z98PdyYSEyftkjAd',
    'base64',
  ),
  format: 'der',
  type: 'pkcs8',
});
const tls = { cert: certificate, key: key.export({ format: 'pem', type: 'pkcs8' }) };
const nothing = () => {};

describe('what to do about an error', () => {
  let kafka: Server;
  let postgres: Server;
  let folder: string;
  const portOf = async (server: Server) => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };

  beforeAll(() => {
    kafka = createTlsServer(tls).on('tlsClientError', nothing);
    // It is asked whether it speaks TLS, and says so.
    postgres = createServer((socket) => {
      socket.once('data', () => {
        socket.write('S');
        new TLSSocket(socket, { isServer: true, ...tls }).on('error', nothing);
      });
    });
    folder = mkdtempSync(join(tmpdir(), 'voronka-mend-'));
    writeFileSync(join(folder, 'ca.pem'), certificate);
  });
  afterAll(() => {
    kafka.close();
    postgres.close();
    rmSync(folder, { recursive: true });
  });

  it('is a new certificate, if that of PostgreSQL or of Kafka has expired, however often a library has wrapped it', async () => {
    const authority = join(folder, 'ca.pem');
    const place = `localhost:${await portOf(postgres)}/leads`;
    const database = new Database({ url: `postgres://leads@${place}?sslmode=verify-full&sslrootcert=${authority}` });
    const broker = brokerFrom(`kafka://localhost:${await portOf(kafka)}?tls=on`, { clientId: 'test' });
    const refusals = await Promise.allSettled([database.query({ text: 'select 1' }), broker.makeTopics([])]);
    await Promise.all([database.close(), broker.close()]);
    const sentences = refusals.map((refusal) => refusal.status === 'rejected' && sentenceOf(refusal.reason));
    const mend =
      'The server’s certificate has expired: give that server a new one. See as well that this clock is right.';
    expect(sentences).toEqual([
      `certificate has expired. ${mend}`,
      `Connection error: certificate has expired. ${mend}`,
    ]);
  });

  it.each([
    ['53100', 'The disk of PostgreSQL is full'],
    ['53300', 'PostgreSQL takes no more connections'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'NODE_EXTRA_CA_CERTS'],
    ['25006', 'PostgreSQL takes no writes'],
    ['28P01', 'PostgreSQL does not know this user'],
    ['3D000', 'There is no such database'],
    ['EADDRINUSE', 'Another process listens there'],
  ])('is known by the code, %s: %s', (code, mend) => {
    expect(mendOf(Object.assign(new Error('refused'), { code }))).toContain(mend);
  });

  it('is nothing that is made up, where nobody knows', () => {
    expect(mendOf(Object.assign(new Error('odd'), { code: 'toString' }))).toBeNull();
    expect(sentenceOf(new Error('odd', { cause: 5 }))).toBe('odd');
    expect([mendOf('odd'), sentenceOf('odd')]).toEqual([null, 'odd']);
  });

  it('is found behind causes that go round in a circle', () => {
    const inner = Object.assign(new Error('no room'), { code: 'ENOSPC' });
    const outer = new Error('not written', { cause: inner });
    Object.assign(inner, { cause: outer });
    expect(mendOf(outer)).toContain('The disk of this machine is full');
  });
});
