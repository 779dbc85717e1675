import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { describeDoor, describePlans } from '@voronka/testing';
import { identity } from '../src/service.js';

const { privateKey } = generateKeyPairSync('ed25519');
describeDoor(identity, {
  ACCESS_PRIVATE_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  SECOND_FACTOR_KEY: randomBytes(32).toString('base64'),
});

describePlans(identity);
