/**
 * Writes each service's services/<name>/schema.graphql, the gateway's supergraph.graphql, deploy/kafka/acls.sh, the topics and
 * users of k8s/components/strimzi and docs/configuration.md from what was built.
 * With --check nothing is written: exit status 1 and the names of the files that are not what the code says.
 */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { allTopics } from '@voronka/contracts';
import { aclScript } from './acls.mjs';
import { configurationPage } from './configuration.mjs';
import { composeSupergraph } from './compose-supergraph.mjs';
import { strimziTopics, strimziUsers } from './strimzi.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const check = process.argv.includes('--check');
const run = promisify(execFile);

const names = readdirSync(join(root, 'services')).filter((name) =>
  existsSync(join(root, 'services', name, 'src/main.ts')),
);
const drifted = [];

function keep(file, text) {
  const path = join(root, file);
  const old = existsSync(path) ? readFileSync(path, 'utf8') : null;
  if (old === text) return;
  if (check) drifted.push(file);
  else {
    writeFileSync(path, text);
    console.log(`wrote ${file}`);
  }
}

async function told(name, command) {
  const main = join(root, 'services', name, 'dist/main.js');
  if (!existsSync(main)) throw new Error(`${relative(root, main)} is missing. Run npm run build first.`);
  const { stdout } = await run(process.execPath, [main, command], { maxBuffer: 16 * 1024 * 1024 });
  return `${stdout.trimEnd()}\n`;
}

try {
  const subgraphs = Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await told(name, 'schema')])),
  );
  for (const name of names) keep(`services/${name}/schema.graphql`, subgraphs[name]);
  const { supergraphSdl, hints } = composeSupergraph(subgraphs);
  for (const hint of hints) console.log(`hint: ${hint}`);
  keep('gateway/supergraph.graphql', supergraphSdl);
  const topics = await Promise.all(names.map(async (name) => JSON.parse(await told(name, 'topics'))));
  keep('deploy/kafka/acls.sh', aclScript(topics));
  const definitions = names.map(async (name) => (await import(`../services/${name}/dist/service.js`))[name]);
  keep('docs/configuration.md', configurationPage(await Promise.all(definitions)));
  keep('k8s/components/strimzi/topics.yaml', strimziTopics(allTopics()));
  keep('k8s/components/strimzi/users.yaml', strimziUsers(topics));
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
if (drifted.length > 0) {
  console.error(`Not what the code says: ${drifted.join(', ')}. Run npm run generate and commit the result.`);
  process.exit(1);
}
