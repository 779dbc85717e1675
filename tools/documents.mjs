/**
 * Writes the manifest of trusted documents from the .graphql files below a folder, for a gateway with
 * TRUSTED_DOCUMENTS=only:
 *
 *   npm run documents -- <folder> [--out documents.json]
 *
 * The format is that of Apollo's clients and tools. A client names a document by its id, the SHA-256 of its body, or
 * sends the text itself.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildSchema, Kind, parse, print, validate, visit } from 'graphql';

/**
 * One entry for each operation, with the fragments that it spreads, in whichever files they stand.
 *
 * @param {Readonly<Record<string, string>>} files texts by path
 * @param {string} supergraphSdl what the documents must be answered by
 * @returns {{ format: string, version: 1, operations: { id: string, name: string, type: string, body: string }[] }}
 *   in the order of their names; throws an Error that lists what is wrong
 */
export function manifestOf(files, supergraphSdl) {
  const schema = buildSchema(supergraphSdl, { assumeValid: true });
  const faults = [];
  const operations = [];
  const fragments = new Map();
  for (const [path, text] of Object.entries(files)) {
    try {
      for (const node of parse(text, { noLocation: true }).definitions) {
        if (node.kind === Kind.OPERATION_DEFINITION) operations.push({ path, node });
        else if (node.kind !== Kind.FRAGMENT_DEFINITION)
          faults.push(`${path}: only operations and fragments belong here`);
        else if (fragments.has(node.name.value)) faults.push(`${path}: the fragment ${node.name.value} is there twice`);
        else fragments.set(node.name.value, node);
      }
    } catch (error) {
      faults.push(`${path}: ${error.message}`);
    }
  }
  const entries = new Map();
  for (const { path, node } of operations) {
    const name = node.name?.value;
    if (!name) faults.push(`${path}: each operation needs a name`);
    else if (entries.has(name)) faults.push(`${path}: the operation ${name} is there twice`);
    else {
      const document = { kind: Kind.DOCUMENT, definitions: [node, ...spreadBy(node, fragments)] };
      faults.push(...validate(schema, document).map(({ message }) => `${path}: ${name}: ${message}`));
      const body = print(document);
      const id = createHash('sha256').update(body).digest('hex');
      entries.set(name, { id, name, type: node.operation, body });
    }
  }
  if (faults.length > 0) throw new Error(faults.join('\n'));
  const inOrder = [...entries.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
  return { format: 'apollo-persisted-query-manifest', version: 1, operations: inOrder };
}

/** The fragments that a definition spreads, and those that they spread, by name. */
function spreadBy(definition, fragments) {
  const found = new Map();
  const look = (node) =>
    visit(node, {
      FragmentSpread: ({ name: { value } }) => {
        const fragment = fragments.get(value);
        if (!fragment || found.has(value)) return;
        found.set(value, fragment);
        look(fragment);
      },
    });
  look(definition);
  return [...found.keys()].sort().map((name) => found.get(name));
}

function filesBelow(folder) {
  const paths = readdirSync(folder, { recursive: true }).map(String).sort();
  return Object.fromEntries(
    paths
      .filter((path) => /\.(graphql|gql)$/.test(path))
      .map((path) => [path, readFileSync(join(folder, path), 'utf8')]),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { out: { type: 'string', default: 'documents.json' } },
    });
    const [folder] = positionals;
    if (!folder) throw new Error('Say in which folder the documents are: npm run documents -- <folder>.');
    const supergraph = readFileSync(new URL('../gateway/supergraph.graphql', import.meta.url), 'utf8');
    const manifest = manifestOf(filesBelow(folder), supergraph);
    if (manifest.operations.length === 0) throw new Error(`There is no operation in a .graphql file below ${folder}.`);
    writeFileSync(values.out, `${JSON.stringify(manifest, null, 2)}\n`);
    console.log(`${values.out}: ${manifest.operations.length} documents`);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
