import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { gatewaySettings } from './settings.js';

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
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

  it.each([publicPem, publicPem.replaceAll('\n', '\\n'), Buffer.from(publicPem).toString('base64')])(
    'read a key as it is, with escaped line ends or in base64',
    (ACCESS_PUBLIC_KEY) => {
      expect(gatewaySettings({ ...enough, ACCESS_PUBLIC_KEY }).accessPublicKey.equals(publicKey)).toBe(true);
    },
  );

  it.each([
    ['PORT', { PORT: 'x' }],
    ['ACCESS_PUBLIC_KEY', { ACCESS_PUBLIC_KEY: 'hunter2' }],
    ['INTERNAL_PRIVATE_KEY', { INTERNAL_PRIVATE_KEY: undefined }],
    ['BODY_BYTES', { BODY_BYTES: '0' }],
  ])('name %s when it is wrong and do not repeat its value', (name, wrong) => {
    expect(() => gatewaySettings({ ...enough, ...wrong })).toThrow(new RegExp(`^${name} (?!.*hunter2)`));
  });

  it('name the service whose address is missing', () => {
    const { serviceUrl } = gatewaySettings({ ...enough, DEALS_URL: 'http://127.0.0.1:4104/graphql' });
    expect(serviceUrl('deals').port).toBe('4104');
    expect(() => serviceUrl('tasks')).toThrow(/^TASKS_URL /);
  });
});
