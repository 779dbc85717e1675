import { allTopics } from '@voronka/contracts';
import { ofRuns } from '../harness/results.js';
import { number, spreadText } from '../harness/table.js';
import { table } from '../report/sections.js';
import { actions, assumed, capture, capturesPerSecond, leads, salespeople, type Assumption } from './assumed.js';
import {
  atRest,
  carriedByOne,
  coresOf,
  costOf,
  dayOf,
  eventsOf,
  figureOf,
  instancesOf,
  memoryOf,
  partitionsFor,
  rateOf,
  retentions,
  room,
  type Load,
  type Results,
} from './need.js';

const programs = ['gateway', 'identity', 'leads', 'accounts', 'deals', 'tasks', 'analytics'] as const;
const servers = ['PostgreSQL', 'Kafka'] as const;
const consumers = programs.slice(1);

/** What asks leads nothing. */
const readings = actions.flatMap(({ writes, scenario }) => (writes ? [] : scenario));

const captures = `${number(capturesPerSecond)} captures/s`;
const loads: readonly Load[] = [
  ...salespeople.map((people) => ({ name: `${number(people)} people`, salespeople: people, captures: 0 })),
  { name: captures, salespeople: 0, captures: capturesPerSecond },
  {
    name: `${number(salespeople.at(-1)!)} and ${captures}`,
    salespeople: salespeople.at(-1)!,
    captures: capturesPerSecond,
  },
];
const declared = Math.min(...allTopics().map(({ partitions }) => partitions));

/** The capacity page: what is needed, reckoned from what was measured. The same results make the same page. */
export function capacity(results: Results): string {
  return [
    INTRODUCTION,
    ...['## What one costs', ...costs(results)],
    ...['## Instances', ...instances(results)],
    ...['## Partitions', ...partitions(results)],
    ...['## One instance and three', ...scaling(results)],
    ...['## Disk and retention', ...disk(results)],
    ...['## What is assumed', ...assumptions()],
    ...['## What is missing, and how far this holds', limits(results)],
  ].join('\n\n');
}

const INTRODUCTION = `# Capacity

Written by \`npm run bench -- report\` from \`bench/results\` and \`bench/src/capacity/assumed.ts\`; change the latter, not this page.

What an organisation needs, reckoned from what was [measured](performance.md):

\`\`\`
rate       = people × times in the busiest hour × ${assumed.burst.value} / 3600
cores busy = sum of rate × CPU ms / 1000, for each program
instances  = cores busy / ${assumed.use.value}, rounded up, ${assumed.least.value} at least; each instance has one core
partitions = the declared ${declared}, or the next multiple of it that is not less than the instances that read the topic
disk       = (rows × bytes of a row + events kept × bytes of an event) × ${assumed.copies.value} copies
\`\`\``;

/** CPU milliseconds of each action, and whose figures they are. */
function costs(results: Results): string[] {
  const processes = [...programs, ...servers];
  const rows = [...actions, capture].map((action) => {
    const cost = costOf(results, action);
    if (!cost) return [action.what, '**not measured**', ...processes.map(() => '–'), '–'];
    const whose = cost.from === action.scenario ? `\`${cost.from}\`` : `\`${cost.from}\` stands in`;
    const each = processes.map((process) => cost.cpu[process] ?? 0);
    return [action.what, whose, ...[...each, sum(each)].map(number)];
  });
  const named = (which: (from: string | undefined, scenario: string) => boolean) =>
    [...actions, capture]
      .filter((action) => which(costOf(results, action)?.from, action.scenario))
      .map(({ scenario }) => `\`${scenario}\``)
      .join(', ') || 'none';
  return [
    'CPU ms of each program and server for one of each, the greatest of the runs. A write counts until everybody has taken its events in.',
    `Measured themselves: ${named((from, scenario) => from === scenario)}. Another stands in for: ${named((from, scenario) => from !== undefined && from !== scenario)}. In no sum: ${named((from) => from === undefined)}.`,
    table(['', 'measured by', ...programs, ...servers, 'all'], rows),
  ];
}

function instances(results: Results): string[] {
  const cores = loads.map((load) => coresOf(results, load));
  const memory = memoryOf(results);
  const counts = (process: string) => cores.map((of) => instancesOf(of[process] ?? 0));
  const rows = programs.map((process) => [
    process,
    ...cores.map((of, i) => `${coresText(of[process] ?? 0)} → **${counts(process)[i]}**`),
  ]);
  const ofServers = servers.map((process) => [
    process,
    ...cores.map((of) => `${coresText(of[process] ?? 0)} → **${room(of[process] ?? 0)}**`),
  ]);
  const held = loads.map((_, i) =>
    programs.reduce((sum, process) => sum + (memory[process] ?? 0) * (counts(process)[i] ?? 0), 0),
  );
  const carried = carriedByOne(results, programs);
  return [
    'Cores busy at the busiest moment → instances of one core each; of the servers, cores to have for what all six databases and all topics cost.',
    table(
      ['', ...loads.map(({ name }) => name)],
      [
        ...rows,
        ['instances in all', ...loads.map((_, i) => number(sum(programs.map((process) => counts(process)[i] ?? 0))))],
        ['their memory, GiB', ...held.map((mib) => number(mib / 1024))],
        ...ofServers,
      ],
    ),
    ...(carried
      ? [
          `One instance of each would carry ${number(Number(carried.people.toPrecision(2)))} people; then ${carried.full} is full. The second is there for when one is gone.`,
        ]
      : []),
    `Memory is instances × the most that each program was seen to hold: ${programs.map((process) => `${process} ${number(memory[process] ?? 0)}`).join(', ')} MiB. ` +
      '`k8s/base` makes two to six instances of each by CPU, and no more: where more are needed, raise `maxReplicas` of `k8s/base/service/scaling.yaml`.',
  ];
}

function partitions(results: Results): string[] {
  const relay = figureOf(results, 'outbox-drain', 'eventsPerSecond')?.min;
  const reader = figureOf(results, 'consume', 'eventsPerSecond')?.min;
  const share = (events: number, of: number | undefined) => (of ? percent(events / of) : 'not measured');
  const most = loads.map((load) => {
    const cores = coresOf(results, load);
    return Math.max(...consumers.map((process) => instancesOf(cores[process] ?? 0)));
  });
  return [
    `Every topic is declared with ${declared} partitions. More instances of a service than that answer requests, but read no more of a topic together; \`npm run ops -- topics raise\` gives it more ([how](operations.md#are-the-topics-as-declared)).`,
    table(
      ['', ...loads.map(({ name }) => name)],
      [
        ['most instances of a consuming service', ...most.map(String)],
        ['partitions of a topic', ...most.map((n) => `**${partitionsFor(n, declared)}**`)],
        ['events a second', ...loads.map((load) => number(eventsOf(load)))],
        ['of what one relay carries', ...loads.map((load) => share(eventsOf(load), relay))],
        ['of what one reader takes in where much waits', ...loads.map((load) => share(eventsOf(load), reader))],
      ],
    ),
    `One relay at a time carries what a database’s outbox holds, however many instances there are (${number(relay ?? 0)} events/s at least were measured): ` +
      'that bounds the events of one service, and the last two rows take all for those of one.',
  ];
}

/** What was tried at the small end. */
function scaling(results: Results): string[] {
  const result = results.get('scaled');
  if (!result) return ['Not measured.'];
  const of = (key: string) => figureOf(results, 'scaled', key);
  const rows = ['deals', 'analytics'].map((service) => [
    service,
    ...[`${service}1`, `${service}3`, `${service}Least`].map((key) => spreadText(of(key))),
  ]);
  const rates =
    ['s with one', 's with three']
      .map((note) => spreadText(ofRuns(result, ({ notes }) => result.sizes['events']! / Number(notes[note]))))
      .join(' and ') + ' events/s';
  const dearer = ['deals', 'analytics'].map(
    (service) => (of(`${service}1`)?.median ?? 0) / (of(`${service}3`)?.median ?? 0),
  );
  return [
    'Tried at the small end ([how](performance.md#one-instance-and-three)): what one producer sends is taken in by one instance of each, then by three.',
    table(['', 'one: events/s a core', 'three: events/s a core', 'the one that got least, % of an equal share'], rows),
    `Each instance had as many partitions as the others. For one event the three used ${dearer.map(number).join(' and ')} times the CPU of the one, which carried about the same rate (${rates}): ` +
      'most likely because what comes is spread over more, smaller transactions. So the consuming part of the figures above holds for no more instances than the rate needs; what is added beyond costs CPU.',
  ];
}

const coresText = (busy: number): string => (busy < 0.01 ? '< 0.01' : number(Number(busy.toFixed(2))));
const percent = (share: number): string => (share < 0.01 ? '< 1 %' : `${Math.round(share * 100)} %`);

const GB = 1e9;

function disk(results: Results): string[] {
  const bytesOf = (key: string) => figureOf(results, 'disk', key)?.max;
  const all = (bytes: readonly (number | undefined)[]) => {
    const known = bytes.filter((each) => each !== undefined);
    return known.length === bytes.length ? sum(known) : undefined;
  };
  const row = all(['leads', 'analytics', 'tasks', 'deals'].map(bytesOf));
  const [event, state, inbox] = ['event', 'state', 'inbox'].map(bytesOf);
  const { copies, eventsOfLead, days } = assumed;
  const gb = (count: number, bytes: number | undefined) =>
    bytes === undefined ? 'not measured' : `${number((count * bytes * copies.value) / GB)} GB`;
  const ofLeads = [
    ['rows in leads, analytics, tasks and deals', gb(leads, row), gb(3600 * capturesPerSecond, row), 'until erased'],
    [
      `events: ${eventsOfLead.value} of each lead, one of each that was just captured`,
      gb(leads * eventsOfLead.value, event),
      gb(3600 * capturesPerSecond, event),
      'for ever',
    ],
    ['states', gb(leads, state), gb(3600 * capturesPerSecond, state), 'the newest'],
  ];
  const ofPeople = [
    ['events of a year', ...salespeople.map((people) => gb(dayOf(people).events * days.value, event)), 'for ever'],
    [
      'inbox of a service that reads them all',
      ...salespeople.map((people) => gb(dayOf(people).events * INBOX_DAYS, inbox)),
      `${INBOX_DAYS} days`,
    ],
    [
      'readings of a year that the audit tells of; their bytes were not measured',
      ...salespeople.map((people) => `${number((dayOf(people).reads * days.value) / 1e6)} million`),
      '`AUDIT_MONTHS`',
    ],
  ];
  const told = [
    ['a lead’s rows in all four services', row],
    ['an event on its topic', event],
    ['a state', state],
    ['an event in an inbox', inbox],
  ] as const;
  const reader = figureOf(results, 'consume', 'eventsPerSecond')?.min;
  return [
    `${copies.value} copies in all; 1 GB is 10⁹ bytes.`,
    table(['', `${number(leads)} leads`, `an hour of ${captures}`, 'kept'], ofLeads),
    table(['', ...salespeople.map((people) => `${number(people)} people`), 'kept'], ofPeople),
    `One copy, in bytes: ${told.map(([what, bytes]) => `${what} ${bytes === undefined ? 'not measured' : number(bytes)}`).join(', ')}. ` +
      'Every event is reckoned as large as that of a lead that is created; what is written into notes makes it larger.',
    'How long topics keep what is on them, as the contracts declare it:',
    retention(),
    reader === undefined
      ? 'How long a new reader takes was not measured.'
      : `Events are kept for ever so that a new reader can begin with the first: it takes in the ${number(leads * eventsOfLead.value)} events of ` +
        `${number(leads)} leads in ${number((leads * eventsOfLead.value) / reader / 60)} minutes, with one process that has PostgreSQL and Kafka to itself.`,
  ];
}

/** As long as services know an event by its id (libs/messaging/src/pruner.ts). */
const INBOX_DAYS = 7;

const retention = (): string =>
  retentions()
    .map(({ kept, names }) => `- ${names.length} ${names.length === 1 ? `topic (\`${names[0]}\`)` : 'topics'}: ${kept}`)
    .join('\n');

function assumptions(): string[] {
  const rows = Object.values<Assumption>(assumed).map(({ what, value, why }) => [what, number(value), why]);
  const does = actions.map(({ what, perHour, why }) => [what, number(perHour), why]);
  return [
    'Nobody measured these; `bench/src/capacity/assumed.ts` is the one place where they stand.',
    table(['', 'is', 'because'], rows),
    table(['a salesperson', 'times in his busiest hour', 'because'], does),
  ];
}

function limits(results: Results): string {
  const most = salespeople.at(-1)!;
  const missing = actions
    .filter((action) => !costOf(results, action))
    .map(({ what, scenario, perHour }) => {
      const rate = rateOf(most, perHour);
      return `- **\`${scenario}\`** (${what}) was not measured and is in no sum. At ${number(most)} people it is asked ${number(rate)} times a second: each CPU ms of it would keep ${number(rate / 1000)} cores busy.`;
    });
  const standing = [...actions, capture].flatMap((action) => {
    const cost = costOf(results, action);
    return cost && cost.from !== action.scenario ? [`\`${action.scenario}\` (by \`${cost.from}\`)`] : [];
  });
  const absent = ['growth', 'audit-cost', 'mixed-day', 'disk'].filter((scenario) => !results.has(scenario));
  const machine = results.get('card')?.conditions.machine;
  return [
    ...missing,
    ...(standing.length > 0 ? [`- Others stand in for what was not measured: ${standing.join(', ')}.`] : []),
    ...(absent.length > 0
      ? [
          `- Not measured either, and each could change the page: ${absent.map((name) => `\`${name}\` (${MATTERS[name]})`).join(', ')}.`,
        ]
      : []),
    `- Measured on ${machine?.['cores'] ?? 2} cores that everything shared: programs, both servers and who asked. Faster or slower cores change every figure alike; nothing here was tried on a larger machine.`,
    `- What a program does anyway is in these figures as a part of each answer: leads, which those readings do not ask, kept ${spreadText(atRest(results, 'leads', readings))} cores busy meanwhile. ` +
      'So no instance keeps fewer busy, however few people there are; and of many people it is counted more than once.',
    '- CPU is taken to grow with the rate alone. Answers that grow with the data (counts, boards and reports of a head of many) were measured at ' +
      `${number(Number(results.get('card')?.sizes['deals'] ?? 0))} deals and ${number(Number(results.get('card')?.sizes['people'] ?? 0))} people who ask; ten million leads were never loaded.`,
    '- One PostgreSQL server is taken to grow by cores; its disk’s waiting, connections (instances × pool) and locks are not in the sum. Databases can be put on servers of their own.',
    '- One region: no distance between programs, servers and people, and nothing lost on the way. Encryption between them, Ingress, replication to the copies and backups cost more, and are not counted.',
    '- On the disk, write-ahead logs, dead rows, indexes grown by changes and room to work are not counted, nor companies, contacts, deals and activities, nor the audit: leave half of it free.',
    '- Not counted: signing in (a password is hashed with care), imports, exports, handovers, reminders, rebuilds.',
    results.has('scaled')
      ? '- Of more instances only the taking in of events was tried, not requests; and two cores that everything shares cannot show that three instances do three times as much.'
      : '- **Not checked by a run**: what a core does when deals and analytics have three instances (`scaled`) was not measured.',
    '',
  ].join('\n');
}

/** Why a scenario that is not there matters here. */
const MATTERS: Readonly<Record<string, string>> = {
  growth: 'what becomes of each cost as the data grow',
  'audit-cost': 'bytes and cost of what is told of every reading; it is kept for a month',
  'mixed-day': 'everything at once',
  disk: 'bytes of rows and events',
};

const sum = (of: readonly number[]): number => of.reduce((total, each) => total + each, 0);
