import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PipelineCreated, PipelineUpdated, ProductUpdated } from '@voronka/contracts';
import { newId } from '@voronka/service-kit';
import { eventually } from '@voronka/testing';
import { createDeal, house, MOVE, stageId, WIN, type House } from './house.js';

interface Stages {
  id: string;
  version: number;
  isDefault: boolean;
  stages: { id: string; name: string; probability: number; archived: boolean; position: number }[];
}
const PIPELINE = 'id version isDefault stages { id name probability archived position }';
const CREATE = `mutation ($input: CreatePipelineInput!) { createPipeline(input: $input) { ${PIPELINE} } }`;
const UPDATE = `mutation ($id: ID!, $input: UpdatePipelineInput!, $expectedVersion: Int) {
  updatePipeline(id: $id, input: $input, expectedVersion: $expectedVersion) { ${PIPELINE} } }`;

let h: House;
beforeAll(async () => {
  h = await house();
}, 60_000);
afterAll(() => h.system.stop());

const create = async (name: string, stages: string[], isDefault = false) =>
  (
    await h.admin.get<{ createPipeline: Stages }>(CREATE, {
      input: { name, isDefault, stages: stages.map((stage, i) => ({ name: stage, probability: i * 10 })) },
    })
  ).createPipeline;
const update = async (id: string, input: object) =>
  (await h.admin.get<{ updatePipeline: Stages }>(UPDATE, { id, input })).updatePipeline;
const kept = ({ stages }: Stages) => stages.map(({ id, name, probability }) => ({ id, name, probability }));
const defaults = async () =>
  (
    await h.anna.get<{ pipelines: { nodes: { id: string }[] } }>(
      '{ pipelines(filter: { isDefault: { eq: true } }) { nodes { id } } }',
    )
  ).pipelines.nodes;

describe('the first pipeline', () => {
  it('is there at the first start, announced, and is not made again at the next', async () => {
    const made = () => h.system.published(PipelineCreated).filter((event) => event.subject === h.sales.id);
    await eventually(() => made().length > 0);
    await h.system.restart();
    const { pipelines } = await h.anna.get<{ pipelines: { nodes: object[] } }>('{ pipelines { nodes { name } } }');
    expect(pipelines.nodes).toEqual([{ name: 'Sales' }]);
    expect(made()).toMatchObject([{ actor: 'system:deals', data: { pipeline: { isDefault: true } } }]);
  });
});

describe('a pipeline', () => {
  it('has its stages in the order they were given, and is announced with them', async () => {
    const pipeline = await create('Renewals', ['Due', 'Offered', 'Agreed']);
    expect(pipeline.stages.map((s) => [s.position, s.name, s.probability])).toEqual([
      [0, 'Due', 0],
      [1, 'Offered', 10],
      [2, 'Agreed', 20],
    ]);
    const event = await eventually(() => h.system.published(PipelineCreated).find((e) => e.subject === pipeline.id));
    expect(event.data.pipeline.stages.map((stage) => stage.id)).toEqual(pipeline.stages.map((stage) => stage.id));
  });

  it('is rearranged as a whole: kept, renamed, new and left-out stages', async () => {
    const before = await create('Tenders', ['Call', 'Bid', 'Shortlist']);
    const [call, bid, shortlist] = kept(before);
    const stages = [{ ...shortlist, name: 'Short list' }, { name: 'Pitch', probability: 60 }, bid];
    const after = await update(before.id, { stages });
    expect(after.stages.map((s) => [s.name, s.archived])).toEqual([
      ['Short list', false],
      ['Pitch', false],
      ['Bid', false],
      ['Call', true],
    ]);
    const event = await eventually(() => h.system.published(PipelineUpdated).find((e) => e.subject === before.id));
    expect(Object.keys(event.data.changes ?? {})).toEqual(['stages']);
    const refused = await h.anna.refusal('mutation ($input: CreateDealInput!) { createDeal(input: $input) { id } }', {
      input: { title: 'Too late', stageId: call?.id },
    });
    expect(refused).toMatchObject({ code: 'STAGE_ARCHIVED', field: 'input.stageId' });
  });

  it('does not lose a stage that holds an open deal, until the deal is closed', async () => {
    const pipeline = await create('Guarded', ['First', 'Second']);
    const { id } = await createDeal(h.anna, { title: 'In the way', pipelineId: pipeline.id });
    const without = { id: pipeline.id, input: { stages: kept(pipeline).slice(1) } };
    expect(await h.admin.refusal(UPDATE, without)).toMatchObject({ code: 'STAGE_HOLDS_DEALS', field: 'input.stages' });
    expect(await h.admin.refusal(UPDATE, { id: pipeline.id, input: { archived: true } })).toMatchObject({
      code: 'STAGE_HOLDS_DEALS',
      field: 'input.archived',
    });
    await h.anna.get(WIN, { id });
    expect((await update(pipeline.id, without.input)).stages.at(-1)).toMatchObject({ name: 'First', archived: true });
    const reopen = 'mutation ($id: ID!) { reopenDeal(id: $id) { id } }';
    expect(await h.anna.refusal(reopen, { id })).toMatchObject({ code: 'STAGE_ARCHIVED' });
  });

  it('never archives a stage under a deal that comes to it at the same moment', async () => {
    const pipeline = await create('Raced', ['First', 'Second']);
    const [first, second] = kept(pipeline);
    for (let round = 0; round < 5; round++) {
      const { id } = await createDeal(h.anna, { title: `Racer ${round}`, pipelineId: pipeline.id });
      const [moved, archived] = await Promise.all([
        h.anna.ask(MOVE, { id, stageId: second?.id }),
        h.admin.ask(UPDATE, { id: pipeline.id, input: { stages: [first] } }),
      ]);
      expect([moved.errors === undefined, archived.errors === undefined]).toContain(false);
      await h.anna.get(WIN, { id });
      await update(pipeline.id, { stages: [first, second] });
    }
  });

  it('becomes the default instead of the one before, which stays one of many', async () => {
    const second = await create('New default', ['Only'], true);
    expect(await defaults()).toEqual([{ id: second.id }]);
    const { stage } = await createDeal(h.anna, { title: 'Goes where others go' });
    expect(stage.name).toBe('Only');
    await Promise.all([update(h.sales.id, { isDefault: true }), create('Third', ['Only'], true)]);
    expect(await defaults()).toHaveLength(1);
    await update(h.sales.id, { isDefault: true });
    expect(await defaults()).toEqual([{ id: h.sales.id }]);
  });

  it('is made once when the creation is repeated under its id', async () => {
    const input = { id: newId(), name: 'Twice', stages: [{ name: 'Only', probability: 5 }] };
    const made = await Promise.all([1, 2].map(() => h.admin.get<{ createPipeline: Stages }>(CREATE, { input })));
    expect(made[1]).toEqual(made[0]);
  });

  it('refuses the stage of another one, in a new order and as the place of a deal', async () => {
    const pipeline = await create('Own', ['First', 'Second']);
    const foreign = stageId(h, 'Proposal');
    const stages = [...kept(pipeline), { id: foreign, name: 'Foreign', probability: 1 }];
    expect(await h.admin.refusal(UPDATE, { id: pipeline.id, input: { stages } })).toMatchObject({
      code: 'STAGE_IN_ANOTHER_PIPELINE',
      field: 'input.stages.2.id',
    });
    const create_ = 'mutation ($input: CreateDealInput!) { createDeal(input: $input) { id } }';
    const input = { title: 'Lost', pipelineId: pipeline.id, stageId: foreign };
    expect(await h.anna.refusal(create_, { input })).toMatchObject({
      code: 'STAGE_IN_ANOTHER_PIPELINE',
      field: 'input.stageId',
    });
    const { id } = await createDeal(h.anna, { title: 'At home', pipelineId: pipeline.id });
    expect(await h.anna.refusal(MOVE, { id, stageId: foreign })).toMatchObject({ code: 'STAGE_IN_ANOTHER_PIPELINE' });
  });

  it.each([
    ['no stage', { name: 'Bad', stages: [] }, 'REQUIRED', 'input.stages'],
    [
      'a chance above a hundred',
      { name: 'Bad', stages: [{ name: 'x', probability: 101 }] },
      'INVALID_NUMBER',
      'input.stages.0.probability',
    ],
    ['a nameless stage', { name: 'Bad', stages: [{ name: ' ', probability: 1 }] }, 'TEXT_EMPTY', 'input.stages.0.name'],
    [
      'an id of another kind',
      { id: 'x', name: 'Bad', stages: [{ name: 'x', probability: 1 }] },
      'INVALID_ID',
      'input.id',
    ],
  ])('with %s is refused', async (_, input, code, field) => {
    expect(await h.admin.refusal(CREATE, { input })).toMatchObject({ code, field });
  });

  it('is arranged by those who may', async () => {
    const input = { name: 'Mine', stages: [{ name: 'x', probability: 1 }] };
    expect(await h.anna.refusal(CREATE, { input })).toMatchObject({ code: 'FORBIDDEN' });
    expect(await h.admin.refusal(UPDATE, { id: newId(), input: { name: 'Gone' } })).toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(await h.admin.refusal(UPDATE, { id: h.sales.id, input: {}, expectedVersion: 99 })).toMatchObject({
      code: 'CONFLICT',
      field: 'expectedVersion',
    });
  });
});

describe('the board', () => {
  it('counts and sums the open deals of each stage, unlike currencies apart', async () => {
    const pipeline = await create('Seen', ['First', 'Second', 'Empty']);
    const [first, second] = kept(pipeline);
    const add = (stage: string | undefined, amount: object | null) =>
      createDeal(h.anna, { title: 'On the board', stageId: stage, ...(amount && { amount }) });
    await add(first?.id, { amount: 100, currency: 'USD' });
    await add(first?.id, { amount: 23, currency: 'USD' });
    await add(first?.id, { amount: 7, currency: 'EUR' });
    await add(first?.id, null);
    const { id: won } = await add(first?.id, { amount: 1_000, currency: 'USD' });
    await h.anna.get(WIN, { id: won });
    for (const _ of [1, 2]) await add(second?.id, { amount: Number.MAX_SAFE_INTEGER, currency: 'USD' });

    const query = `query ($id: ID!) { board(pipelineId: $id) { pipeline { name }
      stages { stage { name } count sums { currency count sum { amount } } } } }`;
    expect(await h.anna.get(query, { id: pipeline.id })).toEqual({
      board: {
        pipeline: { name: 'Seen' },
        stages: [
          {
            stage: { name: 'First' },
            count: 4,
            sums: [
              { currency: 'EUR', count: 1, sum: { amount: 7 } },
              { currency: 'USD', count: 2, sum: { amount: 123 } },
            ],
          },
          { stage: { name: 'Second' }, count: 2, sums: [{ currency: 'USD', count: 2, sum: null }] },
          { stage: { name: 'Empty' }, count: 0, sums: [] },
        ],
      },
    });
    expect(await h.anna.refusal(query, { id: newId() })).toMatchObject({ code: 'PIPELINE_NOT_FOUND' });
  });

  it('is what a count of the deals gives, whatever becomes of them, before changes of it are added up and after', async () => {
    const { database } = h.system.service;
    const pipeline = await create('Kept', ['Here', 'There']);
    const [here, there] = kept(pipeline).map(({ id }) => id);
    const counted = `select pipeline_id, stage_id, owner_id, coalesce(currency, '') as currency, count(*)::int as count,
        coalesce(sum(amount), 0)::text as sum from deal where status = 'OPEN' group by 1, 2, 3, 4 order by 1, 2, 3, 4`;
    const cells = `select pipeline_id, stage_id, owner_id, currency, sum(count)::int as count, sum(sum)::text as sum
        from (select * from board_cell union all select * from board_change) c
        group by 1, 2, 3, 4 having sum(count) <> 0 order by 1, 2, 3, 4`;
    const whole = (
      from: string,
    ) => `select pipeline_id, stage_id, currency, sum(count)::int as count, sum(sum::numeric)::text as sum
        from (${from}) c group by 1, 2, 3 having sum(count) <> 0 order by 1, 2, 3`;
    const columns = 'pipeline_id, stage_id, currency, count, sum';
    const total = whole(`select ${columns} from board_total union all select ${columns} from board_change`);
    const rows = async (text: string) => (await database.query({ text, values: [] })).rows;
    const same = async () => {
      expect(await rows(cells)).toEqual(await rows(counted));
      expect(await rows(total)).toEqual(await rows(whole(counted)));
    };

    const deals = await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        createDeal(n % 2 ? h.anna : h.admin, {
          ...{ title: `Deal ${n}`, stageId: here },
          ...(n % 3 && { amount: { amount: n * 100, currency: n % 4 ? 'EUR' : 'USD' } }),
        }),
      ),
    );
    await same();
    const each = (from: number, to: number, text: string, more: object = {}) =>
      Promise.all(deals.slice(from, to).map(({ id }) => h.admin.get(text, { id, ...more })));
    const change = 'mutation ($id: ID!, $input: UpdateDealInput!) { updateDeal(id: $id, input: $input) { id } }';
    await Promise.all([
      each(0, 3, MOVE, { stageId: there }),
      each(3, 5, WIN),
      each(5, 7, change, { input: { amount: { amount: 5, currency: 'GBP' } } }),
      each(7, 9, change, { input: { amount: null } }),
    ]);
    await same();
    await eventually(async () => (await rows('select from board_change')).length === 0);
    await same();
    await each(3, 4, 'mutation ($id: ID!) { reopenDeal(id: $id) { id } }');
    await database.query({ text: 'delete from deal where id = $1', values: [deals[11]?.id] });
    await same();
    await eventually(async () => (await rows('select from board_change')).length === 0);
    await same();
    await database.query({ text: 'delete from board_cell where stage_id = $1', values: [here] });
    expect(await rows(`select from board_total where stage_id = '${here}' and count <> 0`)).toEqual([]);
  });
});

describe('the catalogue', () => {
  const IMPORT = `mutation ($rows: [ImportProductInput!]!) { importProducts(rows: $rows) {
    externalId outcome id error { code field } } }`;

  it('is imported row by row, and a second time without effect', async () => {
    const rows = [
      { externalId: 'p:1', name: 'GTX Basic', series: 'GTX', price: { amount: 55_000, currency: 'USD' } },
      { externalId: 'p:2', name: 'No such money', price: { amount: 1, currency: 'ABC' } },
    ];
    const [first, second] = [await h.admin.get(IMPORT, { rows }), await h.admin.get(IMPORT, { rows })];
    const refused = {
      externalId: 'p:2',
      outcome: 'REFUSED',
      id: null,
      error: { code: 'UNKNOWN_CURRENCY', field: 'price.currency' },
    };
    expect(first).toMatchObject({ importProducts: [{ externalId: 'p:1', outcome: 'CREATED' }, refused] });
    expect(second).toMatchObject({ importProducts: [{ externalId: 'p:1', outcome: 'UNCHANGED' }, refused] });
  });

  it('finds a product by a part of its name, prices it anew and withdraws it', async () => {
    await h.admin.get(IMPORT, { rows: [{ externalId: 'p:3', name: 'Torque wrench' }] });
    const { products } = await h.anna.get<{ products: { nodes: { id: string }[] } }>(
      '{ products(filter: { search: "orque" }) { nodes { id } } }',
    );
    const [found] = products.nodes;
    const change = `mutation ($id: ID!, $input: UpdateProductInput!) { updateProduct(id: $id, input: $input) {
      name active price { amount currency } } }`;
    const input = { active: false, price: { amount: 9_900, currency: 'RUB' } };
    expect(await h.admin.get(change, { id: found?.id, input })).toEqual({
      updateProduct: { name: 'Torque wrench', ...input },
    });
    const event = await eventually(() => h.system.published(ProductUpdated).find((e) => e.subject === found?.id));
    expect(event.data.changes).toEqual({
      active: { from: true, to: false },
      amount: { from: null, to: 9_900 },
      currency: { from: null, to: 'RUB' },
    });
  });
});
