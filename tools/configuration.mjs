/**
 * docs/configuration.md, made of what the processes declare that they are told: each setting with its meaning, unit and
 * default, and whether it is secret.
 */
import { addressShape, shape as gatewayShape } from '../gateway/dist/settings.js';
import { serviceSettings } from '@voronka/service-kit';
import { processSettings } from '@voronka/service-kit/process';

/**
 * The rows of a table, one for each setting.
 * @param {import('zod').ZodRawShape} shape
 * @throws {Error} where a setting says not what it is for, or may be left out and says not what holds then
 */
export function rowsOf(shape) {
  return Object.entries(shape).map(([name, schema]) => {
    const { description, unit, secret, unset } = schema.meta() ?? {};
    if (!description) throw new Error(`${name} has no description: say with .meta({ description }) what it is for.`);
    const usual = usualOf(name, schema, unset);
    return `| \`${name}\`${secret ? ' (secret)' : ''} | ${usual}${unit ? `, in ${unit}` : ''} | ${description} |`;
  });
}

/** What holds where a setting is not set. */
function usualOf(name, schema, unset) {
  const { success, data } = schema.safeParse(undefined);
  if (!success) return '**needed**';
  if (data === undefined && unset === undefined)
    throw new Error(`${name} may be left out: say with .meta({ unset }) what holds then.`);
  if (data === undefined) return unset;
  return String(data) === '' ? 'none' : `\`${data}\``;
}

const table = (shape) => ['| setting | default | what |', '| --- | --- | --- |', ...rowsOf(shape)].join('\n');
const without = (shape, those) => Object.fromEntries(Object.entries(shape).filter(([name]) => !(name in those)));

/**
 * @param {readonly { name: string, settings?: import('zod').ZodRawShape }[]} definitions of the services
 * @returns {string} the page
 */
export function configurationPage(definitions) {
  const own = definitions.filter(({ settings }) => settings);
  const plain = definitions.filter(({ settings }) => !settings).map(({ name }) => name);
  return `# Settings

This page is made of the code by \`npm run generate\`: do not change it by hand.

A process is told what it needs by its environment alone. Each setting can also be read from the file that \`<NAME>_FILE\` names, as secrets are
handed to containers; where both are set, the setting counts. One that is empty counts as not set. Whatever is missing or wrong is refused at start,
with a sentence for each and status 1. What \`npm start\` takes is in \`deploy/local/src/settings.ts\`; what the tools take, they say with \`--help\`.

## Every process

${table(processSettings)}

## Every service

${table(without(serviceSettings, processSettings))}

${list(plain)} have no others.
${own.map(({ name, settings }) => `\n## ${name}\n\n${table(settings)}\n`).join('')}
## The gateway

${table({ ...without(gatewayShape, processSettings), ...addressShape('<service>') })}
`;
}

const list = (names) => `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
