import type { Event, Evidence, Row } from './evidence.js';
import { canonical } from './records.js';
import type { Findings } from './report.js';

interface Stay {
  deal_id: string;
  n: number;
  pipeline_id: unknown;
  stage_id: unknown;
  entered_at: string;
  left_at: string | null;
  how: string | null;
}

/** What consuming services made of the events is what one makes of them here, anew, from the topics alone. */
export function judgeProjections(evidence: Evidence, findings: Findings): void {
  const { byRecord, events } = evidence;
  const of = (noun: string) => [...byRecord.values()].filter(([first]) => first?.noun === noun);

  compare('analytics.deal', evidence.table('analytics', 'deal'), of('deal').map(dealRow), findings);
  compare('analytics.lead', evidence.table('analytics', 'lead'), of('lead').map(leadRow), findings);
  const stays = of('deal').map(staysOf);
  const stayKey = (row: Row): string => `${String(row['deal_id'])} ${String(row['n'])}`;
  compare(
    'analytics.deal_stay',
    evidence.table('analytics', 'deal_stay'),
    stays.flat() as unknown as Row[],
    findings,
    stayKey,
  );
  judgeFacts(stays, of('deal-stage'), findings);
  // With the deals of the same moment: on the topics there are some already that came after it.
  const cells = evidence.table('deals', 'deal').filter(isOpen).map(cellOf);
  const changes = evidence.table('deals', 'board_change');
  compare('the boards', added([...evidence.table('deals', 'board_cell'), ...changes]), added(cells), findings, cellKey);
  const totals = added([...evidence.table('deals', 'board_total'), ...changes].map(ofEverybody));
  compare('the boards of all', totals, added(cells.map(ofEverybody)), findings, cellKey);

  const users = of('user').map((list) => {
    const { id, name, teamId, roleIds, active } = last(list).state;
    return { id, name, team_id: teamId, role_ids: roleIds, active, version: null };
  });
  const roles = of('role').map((list) => {
    const { id, grants, pipelines = null, fields = [] } = last(list).state;
    const gone = last(list).type.endsWith('.withdrawn');
    return { id, grants: gone ? [] : grants, pipelines, fields, version: null };
  });
  for (const service of ['leads', 'accounts', 'deals', 'tasks', 'analytics'])
    for (const [table, expected] of Object.entries({ directory_user: users, directory_role: roles }))
      compare(
        `${service}.${table}`,
        evidence.table(service, table).map((row) => ({ ...row, version: null })),
        expected,
        findings,
      );

  const references: Record<string, string[]> = {
    leads: ['product'],
    deals: ['company', 'contact', 'lead'],
    tasks: ['lead', 'deal', 'company', 'contact'],
    analytics: ['pipeline'],
    identity: ['pipeline', 'stage'],
  };
  for (const [service, kinds] of Object.entries(references)) {
    const expected = kinds.flatMap((kind) =>
      kind === 'stage'
        ? of('pipeline').flatMap((list) => (last(list).state['stages'] as Row[]).map(({ id }) => ({ kind, id })))
        : of(kind)
            .filter((list) => !last(list).type.endsWith('.withdrawn'))
            .map((list) => ({ kind, id: last(list).key })),
    );
    const key = (row: Row): string => `${String(row['kind'])} ${String(row['id'])}`;
    compare(`${service}.reference`, evidence.table(service, 'reference'), expected, findings, key);
  }

  for (const service of ['identity', 'leads', 'accounts', 'deals', 'tasks', 'analytics']) {
    for (const row of evidence.table(service, 'outbox'))
      findings.add(`${service}: an event stayed in the outbox`, `${String(row['topic'])} ${String(row['key'])}`);
    for (const row of evidence.table(service, 'parked_event'))
      if (row['settled_at'] === null)
        findings.add(
          `${service}: an event is parked`,
          `${String(row['status'])} ${String(row['type'])} ${String(row['key'])} ${String(row['code'])}: ${String(row['error'])}`,
        );
  }
  if (events.length === 0) findings.add('there is nothing on the topics', '');
}

function compare(
  name: string,
  rows: Row[],
  expected: Row[],
  findings: Findings,
  key = (row: Row) => String(row['id']),
): void {
  const found = new Map(rows.map((row) => [key(row), row]));
  for (const want of expected) {
    const row = found.get(key(want));
    found.delete(key(want));
    if (!row) findings.add(`${name} lacks a row`, key(want));
    else
      for (const [column, value] of Object.entries(want))
        if (canonical(row[column]) !== canonical(value))
          findings.add(`${name}.${column} differs`, `${key(want)}: ${canonical(row[column])}, not ${canonical(value)}`);
  }
  for (const id of found.keys()) findings.add(`${name} has a row too many`, id);
}

function last(events: Event[]): Event {
  return events.at(-1) as Event;
}

function dealRow(events: Event[]): Row {
  const { state, version, type, key } = last(events);
  const visited = events.map((event) => event.state['stageId']).filter((stage, i, all) => all.indexOf(stage) === i);
  const { pipelineId, stageId, status, ownerId, source, amount, currency, openedAt, closedAt } = state;
  return {
    ...{ id: key, version, status, source, amount, currency, visited, withdrawn: type === 'crm.deal.withdrawn' },
    ...{ pipeline_id: pipelineId, stage_id: stageId, owner_id: ownerId, opened_at: openedAt, closed_at: closedAt },
  };
}

const isOpen = ({ status }: Row): boolean => status === 'OPEN';

/** What an open deal adds to a board. */
const cellOf = ({ pipeline_id, stage_id, owner_id, amount, currency }: Row): Row => ({
  ...{ pipeline_id, stage_id, owner_id, currency: currency ?? '' },
  ...{ count: 1, sum: Number(amount ?? 0) },
});

const cellKey = (row: Row): string =>
  ['pipeline_id', 'stage_id', 'owner_id', 'currency'].map((column) => String(row[column])).join(' ');

const ofEverybody = (cell: Row): Row => ({ ...cell, owner_id: null });

/** Cells of one place as one, without those in which there is nothing. */
function added(cells: readonly Row[]): Row[] {
  const sums = new Map<string, Row>();
  for (const cell of cells) {
    const { count = 0, sum = 0 } = sums.get(cellKey(cell)) ?? {};
    sums.set(cellKey(cell), {
      ...cell,
      ...{ count: Number(count) + Number(cell['count']), sum: Number(sum) + Number(cell['sum']) },
    });
  }
  return [...sums.values()].filter(({ count, sum }) => count !== 0 || sum !== 0);
}

function leadRow(events: Event[]): Row {
  const { state, version, key } = last(events);
  const ranks = ['NEW', 'WORKING', 'QUALIFIED'];
  const furthest = Math.max(0, ...events.map((event) => ranks.indexOf(String(event.state['status']))));
  const converted = events.find((event) => event.state['status'] === 'CONVERTED')?.time ?? null;
  const { status, ownerId, source } = state;
  return {
    id: key,
    version,
    status,
    furthest,
    source,
    owner_id: ownerId,
    captured_at: events[0]?.time,
    converted_at: converted,
  };
}

/** A deal is in a stage while it is open; what happened before the last change counts as happening with it. */
function staysOf(events: Event[]): Stay[] {
  const stays: Stay[] = [];
  for (const { state, type, time, key } of events) {
    const gone = type === 'crm.deal.withdrawn';
    const open = state['status'] === 'OPEN' && !gone;
    const before = stays.at(-1);
    const current = before?.left_at === null ? before : undefined;
    if (open && current?.stage_id === state['stageId'] && current?.pipeline_id === state['pipelineId']) continue;
    const floor = before?.left_at ?? before?.entered_at;
    const at = floor && Date.parse(floor) > Date.parse(time) ? floor : time;
    if (current) Object.assign(current, { left_at: at, how: gone ? 'WITHDRAWN' : open ? 'MOVED' : state['status'] });
    if (open)
      stays.push({
        deal_id: key,
        n: stays.length + 1,
        pipeline_id: state['pipelineId'],
        stage_id: state['stageId'],
        entered_at: at,
        left_at: null,
        how: null,
      });
  }
  return stays;
}

/** The facts for BI tell exactly the stays: one when it begins, one when it ends. */
function judgeFacts(stays: Stay[][], facts: Event[][], findings: Findings): void {
  const told = new Map(facts.map((list) => [last(list).key, list]));
  for (const list of stays) {
    const id = list[0]?.deal_id;
    if (id === undefined) continue;
    const expected = list.flatMap((stay) => [
      ['crm.deal-stage.entered', stay.stage_id, stay.entered_at, undefined],
      ...(stay.left_at === null ? [] : [['crm.deal-stage.left', stay.stage_id, stay.left_at, stay.how]]),
    ]);
    const said = (told.get(id) ?? []).map(({ type, state, time, data }) => [type, state['stageId'], time, data['how']]);
    if (canonical(said) !== canonical(expected)) findings.add('the facts for BI differ', id);
    told.delete(id);
  }
  for (const id of told.keys()) findings.add('facts for BI of no deal', id);
}
