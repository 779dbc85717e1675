import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';

/** A mistake of the person who runs the import, said in one sentence. */
export class ImportMistake extends Error {
  override readonly name = 'ImportMistake';
}

/** The nouns that can be imported or matched, with their names in the schema. */
export const nouns = {
  team: {
    bulk: 'importTeams',
    input: 'ImportTeamInput',
    update: 'updateTeam',
    updateInput: 'UpdateTeamInput',
    list: 'teams',
    label: 'name',
  },
  user: {
    bulk: 'importUsers',
    input: 'ImportUserInput',
    update: 'updateUser',
    updateInput: 'UpdateUserInput',
    list: 'users',
    label: 'name',
  },
  pipeline: { bulk: null, input: null, update: null, updateInput: null, list: 'pipelines', label: 'name' },
  product: {
    bulk: 'importProducts',
    input: 'ImportProductInput',
    update: 'updateProduct',
    updateInput: 'UpdateProductInput',
    list: 'products',
    label: 'name',
  },
  company: {
    bulk: 'importCompanies',
    input: 'ImportCompanyInput',
    update: null,
    updateInput: null,
    list: 'companies',
    label: 'name',
  },
  contact: {
    bulk: 'importContacts',
    input: 'ImportContactInput',
    update: null,
    updateInput: null,
    list: 'contacts',
    label: 'name',
  },
  lead: {
    bulk: 'importLeads',
    input: 'ImportLeadInput',
    update: null,
    updateInput: null,
    list: 'leads',
    label: 'personName',
  },
  deal: {
    bulk: 'importDeals',
    input: 'ImportDealInput',
    update: null,
    updateInput: null,
    list: 'deals',
    label: 'title',
  },
  activity: {
    bulk: 'importActivities',
    input: 'ImportActivityInput',
    update: null,
    updateInput: null,
    list: 'activities',
    label: 'subject',
  },
} as const;
export type Noun = keyof typeof nouns;
const Noun = z.enum(Object.keys(nouns) as [Noun, ...Noun[]]);

/** Values a column must, or must not, have: `{ deal_stage: [Won, Lost] }`; `{ account: filled }`, `{ account: empty }`. */
export const Condition = z.record(z.string(), z.union([z.array(z.string()), z.enum(['filled', 'empty'])]));
export type Condition = z.infer<typeof Condition>;

const Step = z.strictObject({
  noun: Noun,
  /** The CSV file, below the folder that is named on the command line. */
  file: z.string(),
  /** One record for each distinct value of this template instead of one for each row. */
  each: z.string().optional(),
  where: Condition.optional(),
  /** Other files whose columns are added as `<name>.<column>` where a value equals one of this file's columns. */
  join: z.record(z.string(), z.strictObject({ file: z.string(), column: z.string(), equals: z.string() })).default({}),
  /** Column by column, which value stands for which other. */
  translate: z.record(z.string(), z.record(z.string(), z.string())).default({}),
  /** The name by which a second run finds the record again. */
  externalId: z.string().optional(),
  /** Instead of a creation: the record to update, a template that finds it by its name. */
  update: z.string().optional(),
  fields: z.record(z.string(), z.unknown()),
});
export type Step = z.infer<typeof Step>;

const Mapping = z.strictObject({
  csv: z
    .strictObject({ delimiter: z.string().default(','), encoding: z.string().default('utf8') })
    .default({ delimiter: ',', encoding: 'utf8' }),
  /** Pipelines to set up first, where none has that name. */
  pipelines: z
    .array(
      z.strictObject({
        name: z.string(),
        stages: z.array(z.strictObject({ name: z.string(), probability: z.number() })),
      }),
    )
    .default([]),
  steps: z
    .array(
      Step.refine(
        (s) => (s.externalId === undefined) !== (s.update === undefined),
        'a step names either externalId or update',
      ),
    )
    .min(1),
});
export type Mapping = z.infer<typeof Mapping>;

/** Reads a mapping file. Throws `ImportMistake` naming what is wrong and where. */
export async function readMapping(path: string): Promise<Mapping> {
  const source = await readFile(path, 'utf8').catch(() => {
    throw new ImportMistake(
      `There is no mapping file ${path}. Name one, such as tools/import/mappings/crm-sales-opportunities.yaml.`,
    );
  });
  let document: unknown;
  try {
    document = parse(source, { merge: true });
  } catch (error) {
    throw new ImportMistake(`${path} is not YAML: ${(error as Error).message}`);
  }
  const parsed = Mapping.safeParse(document);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new ImportMistake(`${path} is wrong at ${issue?.path.join('.') || 'its top'}: ${issue?.message}.`);
}
