import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { gatewaySettings } from './settings.js';

const { publicKey, privateKey: accessPrivateKey } = generateKeyPairSync('ed25519');
const { privateKey } = generateKeyPairSync('ed25519');
const publicPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
const privatePem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const enough = { PORT: '4000', ACCESS_PUBLIC_KEY: publicPem, INTERNAL_PRIVATE_KEY: privatePem };

describe('The gateway’s settings', () => {
  it('are loopback, open to introspection there, and take an import of 500 rows by default', () => {
    const settings = gatewaySettings(enough);
    expect(settings).toMatchObject({ host: '127.0.0.1', introspection: true, bodyBytes: 4 * 1024 * 1024 });
  });

  it('hide the schema elsewhere unless told otherwise', () => {
    expect(gatewaySettings({ ...enough, HOST: '0.0.0.0' }).introspection).toBe(false);
    expect(gatewaySettings({ ...enough, HOST: '0.0.0.0', INTROSPECTION: 'true' }).introspection).toBe(true);
  });

  it('give everybody so much a minute, and on loopback more than anybody asks', () => {
    expect(gatewaySettings({ ...enough, HOST: '0.0.0.0' }).rates).toEqual({ person: 1_200, anonymous: 300 });
    expect(gatewaySettings(enough).rates.person).toBe(1_000_000);
    expect(gatewaySettings({ ...enough, RATE_PERSON: '10' }).rates.person).toBe(10);
  });

  it('name origins one by one', () => {
    const { corsOrigins } = gatewaySettings({ ...enough, CORS_ORIGINS: 'https://crm.example, http://localhost:5173' });
    expect(corsOrigins).toEqual(['https://crm.example', 'http://localhost:5173']);
    expect(gatewaySettings(enough).corsOrigins).toEqual([]);
  });

  it('read the trusted documents, and say how to make them where there are none', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'voronka-')), 'documents.json');
    const only = { ...enough, TRUSTED_DOCUMENTS: 'only', DOCUMENTS_MANIFEST: file };
    const operations = [{ id: 'x', name: 'Me', type: 'query', body: '{ me { id } }' }];
    expect(() => gatewaySettings(only)).toThrow(/^DOCUMENTS_MANIFEST names .* npm run documents\.$/s);
    writeFileSync(file, JSON.stringify({ format: 'apollo-persisted-query-manifest', version: 1, operations }));
    expect(gatewaySettings(only).trustedDocuments?.textOf('x')).toBe('{ me { id } }');
    expect(gatewaySettings({ ...only, TRUSTED_DOCUMENTS: undefined }).trustedDocuments).toBeNull();
  });

  it('are refused beyond loopback with one pair of keys for two purposes', () => {
    const pem = accessPrivateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    expect(() => gatewaySettings({ ...enough, HOST: '0.0.0.0', INTERNAL_PRIVATE_KEY: pem })).toThrow(
      /^INTERNAL_PRIVATE_KEY is of the same pair as ACCESS_PUBLIC_KEY/,
    );
  });

  it.each([publicPem, publicPem.replaceAll('\n', '\\n'), Buffer.from(publicPem).toString('base64')])(
    'read a key as it is, with escaped line ends or in base64',
    (ACCESS_PUBLIC_KEY) => {
      expect(gatewaySettings({ ...enough, ACCESS_PUBLIC_KEY }).accessKeys.first.equals(publicKey)).toBe(true);
    },
  );

  it.each([
    ['PORT', { PORT: 'x' }],
    ['ACCESS_PUBLIC_KEY', { ACCESS_PUBLIC_KEY: 'hunter2' }],
    ['INTERNAL_PRIVATE_KEY', { INTERNAL_PRIVATE_KEY: undefined }],
    ['BODY_BYTES', { BODY_BYTES: '0' }],
    ['CORS_ORIGINS', { CORS_ORIGINS: '*' }],
    ['CORS_ORIGINS', { CORS_ORIGINS: 'https://crm.example/' }],
    ['TRUSTED_DOCUMENTS', { TRUSTED_DOCUMENTS: 'yes' }],
    ['DOCUMENTS_MANIFEST', { TRUSTED_DOCUMENTS: 'only' }],
    ['RATE_PERSON', { RATE_PERSON: '0' }],
  ])('name %s when it is wrong and do not repeat its value', (name, wrong) => {
    expect(() => gatewaySettings({ ...enough, ...wrong })).toThrow(new RegExp(`^${name} (?!.*hunter2)`));
  });

  it('name the service whose address is missing', () => {
    const { serviceUrl } = gatewaySettings({ ...enough, DEALS_URL: 'http://127.0.0.1:4104/graphql' });
    expect(serviceUrl('deals').port).toBe('4104');
    expect(() => serviceUrl('tasks')).toThrow(/^TASKS_URL /);
  });
});
