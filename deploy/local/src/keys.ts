import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartFailure } from './failure.js';

export interface KeyPair {
  /** Ed25519, PEM. */
  privateKey: string;
  publicKey: string;
}

export interface Keys {
  /** Signs who is asking, from the gateway to the services. */
  internal: KeyPair;
  /** Signs the access tokens that people carry. */
  access: KeyPair;
  /** Encrypts second factors: 32 bytes, in base64. */
  secondFactor: string;
  postgresPassword: string;
}

/** The secrets of this installation, made at the first start and kept readable to their owner alone. */
export function loadKeys(folder: string): Keys {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return {
    internal: keyPair(join(folder, 'internal.pem')),
    access: keyPair(join(folder, 'access.pem')),
    secondFactor: kept(join(folder, 'second-factor.key'), () => randomBytes(32).toString('base64')),
    postgresPassword: kept(join(folder, 'postgres-password'), () => randomBytes(18).toString('base64url')),
  };
}

function keyPair(file: string): KeyPair {
  const pem = kept(file, () =>
    generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  );
  try {
    const privateKey = createPrivateKey(pem);
    if (privateKey.asymmetricKeyType !== 'ed25519') throw new Error('not an Ed25519 key');
    return {
      privateKey: pem,
      publicKey: createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString(),
    };
  } catch {
    throw new StartFailure(
      `${file} does not hold an Ed25519 private key: put the right file back, or remove it and everybody signs in anew.`,
    );
  }
}

function kept(file: string, make: () => string): string {
  if (!existsSync(file)) {
    writeFileSync(`${file}.new`, make(), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }
  return readFileSync(file, 'utf8');
}
