// Makes the keys of a deployment where there are none: identity signs access tokens and encrypts second factors, the gateway
// signs who asks.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';

const [folder] = process.argv.slice(2);
for (const name of ['access', 'internal']) {
  if (existsSync(`${folder}/${name}.private.pem`)) continue;
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  writeFileSync(`${folder}/${name}.public.pem`, publicKey.export({ type: 'spki', format: 'pem' }));
  writeFileSync(`${folder}/${name}.private.pem`, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
}
const secondFactor = `${folder}/second-factor.key`;
if (!existsSync(secondFactor)) writeFileSync(secondFactor, randomBytes(32).toString('base64'), { mode: 0o600 });
