import type { Client } from './client.js';
import { ImportMistake, nouns, type Mapping, type Noun } from './mapping.js';
import { RowRefused, type Match } from './template.js';

interface Listed {
  list: { nodes: { id: string; label: string | null }[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
}
interface Pipelines {
  pipelines: { nodes: { id: string; name: string; stages: { id: string; name: string }[] }[] };
}

/** Names to ids, as the system has them: read once per noun, and again after a step has added some. */
export class Names {
  private readonly known = new Map<Noun, Map<string, string | null>>();
  private pipelines: Pipelines['pipelines']['nodes'] = [];

  constructor(private readonly client: Client) {}

  /** Sets up the mapping's pipelines where none has their name. */
  async setUp({ pipelines }: Mapping): Promise<void> {
    await this.readPipelines();
    for (const { name, stages } of pipelines) {
      if (this.pipelines.some((p) => p.name === name)) continue;
      await this.client.ask('mutation ($input: CreatePipelineInput!) { createPipeline(input: $input) { id } }', {
        input: { name, stages },
      });
    }
    await this.readPipelines();
  }

  async load(noun: Noun): Promise<void> {
    if (noun === 'pipeline' || this.known.has(noun)) return;
    const { list, label } = nouns[noun];
    const names = new Map<string, string | null>();
    for (let after: string | null = null; ;) {
      const page: Listed = await this.client.ask<Listed>(
        `query ($after: String) { list: ${list}(first: 200, after: $after) { nodes { id label: ${label} } pageInfo { hasNextPage endCursor } } }`,
        { after },
      );
      // Null marks a name that several bear, which matches none of them.
      for (const { id, label: name } of page.list.nodes) if (name) names.set(name, names.has(name) ? null : id);
      if (!page.list.pageInfo.hasNextPage) break;
      after = page.list.pageInfo.endCursor;
    }
    this.known.set(noun, names);
  }

  forget(noun: Noun): void {
    this.known.delete(noun);
  }

  readonly match: Match = (noun, name, within) => {
    if (noun === 'stage') {
      const pipeline = this.pipelines.find((p) => p.name === within);
      const stage = pipeline?.stages.find((s) => s.name === name);
      if (!stage) throw new ImportMistake(`The pipeline ${within} has no stage ${name}. Mend the mapping.`);
      return stage.id;
    }
    if (noun === 'pipeline') {
      const pipeline = this.pipelines.find((p) => p.name === name);
      if (!pipeline) throw new ImportMistake(`There is no pipeline ${name}. Name it under pipelines in the mapping.`);
      return pipeline.id;
    }
    const id = this.known.get(noun)?.get(name);
    if (id === null) throw new RowRefused('AMBIGUOUS', `Several of the kind ${noun} are named ${name}.`, noun);
    if (id === undefined)
      throw new RowRefused(
        'NO_MATCH',
        `There is no ${noun} named ${name}. Translate the name in the mapping, or import it first.`,
        noun,
      );
    return id;
  };

  private async readPipelines(): Promise<void> {
    const { pipelines } = await this.client.ask<Pipelines>(
      '{ pipelines(first: 100) { nodes { id name stages { id name } } } }',
    );
    this.pipelines = pipelines.nodes;
  }
}
