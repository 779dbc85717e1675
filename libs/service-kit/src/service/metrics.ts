import {
  rebuildUnderWay,
  type Database,
  type EventBus,
  type Meter,
  type OutboxRelay,
  type StatePublisher,
} from '@voronka/messaging';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { Audit } from '../audit/audit.js';
import type { ClockWatch } from './clock-watch.js';
import { ProcessMetrics } from './process.metrics.js';

/** Seconds: a handler is a few statements in a batch's transaction. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];

interface Watched {
  readonly relay: OutboxRelay;
  readonly bus: EventBus;
  readonly states: StatePublisher;
  readonly audit: Audit;
  readonly database: Database;
  readonly clocks: ClockWatch;
}

/** What one process of a service is counted by. Labels are topics, types of event and statuses: all of them declared. */
export class ServiceMetrics extends ProcessMetrics implements Meter {
  private readonly publishedEvents: Counter;
  private readonly consumedEvents: Counter;
  private readonly handlerSeconds: Histogram;
  private readonly letters: Counter;

  constructor(service: string) {
    super(service);
    const registers = [this.registry];
    this.publishedEvents = new Counter({
      name: 'voronka_published_events_total',
      help: 'Events that the broker took from this process.',
      labelNames: ['topic'],
      registers,
    });
    this.consumedEvents = new Counter({
      name: 'voronka_consumed_events_total',
      help: 'Messages that this process took from the broker, with those that are of no concern to it.',
      labelNames: ['topic'],
      registers,
    });
    this.handlerSeconds = new Histogram({
      name: 'voronka_handler_seconds',
      help: 'What the handlers of one event took together.',
      labelNames: ['type', 'outcome'],
      buckets: BUCKETS,
      registers,
    });
    this.letters = new Counter({
      name: 'voronka_dead_letters_total',
      help: 'Events of the topic that this process tried for the last time and wrote a dead letter of.',
      labelNames: ['topic'],
      registers,
    });
  }

  published(topic: string, events: number): void {
    this.publishedEvents.inc({ topic }, events);
  }

  consumed(topic: string, events: number): void {
    this.consumedEvents.inc({ topic }, events);
  }

  handled(type: string, seconds: number, outcome: 'done' | 'failed'): void {
    this.handlerSeconds.observe({ type, outcome }, seconds);
  }

  deadLetters(topic: string, letters: number): void {
    this.letters.inc({ topic }, letters);
  }

  /** Adds what is read when somebody asks. While the database is away its figures are left out, and the others answered. */
  watch({ relay, bus, states, audit, database, clocks }: Watched): void {
    const gauge = (name: string, help: string, labelNames: string[] = []) =>
      new Gauge({ name, help, labelNames, registers: [this.registry] });
    const events = gauge('voronka_outbox_events', 'Events in the outbox, which the broker does not have yet.');
    const oldest = gauge('voronka_outbox_oldest_seconds', 'How long the oldest event of the outbox has waited.');
    const parked = gauge('voronka_parked_events', 'Open parked events.', ['status']);
    const repeats = gauge('voronka_repeated_events', 'Events without effect since the start: they had come before.');
    const gaps = gauge('voronka_record_gaps', 'Places since the start where versions of a record were left out.');
    const lagMessages = gauge('voronka_lag_messages', 'Messages that wait for this process.', ['topic']);
    const lagSeconds = gauge('voronka_lag_seconds', 'How long the oldest of those has been on the topic.', ['topic']);
    const stateMessages = gauge('voronka_state_lag_messages', 'Events whose states are not published yet.', ['topic']);
    const stateSeconds = gauge('voronka_state_lag_seconds', 'How long the oldest of those has been there.', ['topic']);
    const leading = gauge('voronka_relay_leading', '1 where this process carries the outbox to the broker.');
    const rebuilt = gauge('voronka_rebuild_messages_taken', 'Messages that the rebuild under way has taken.');
    const toRebuild = gauge('voronka_rebuild_messages_known', 'Messages that its topics hold.');
    const silent = gauge('voronka_rebuild_silent_seconds', 'Since the rebuild under way told how far it is.');
    const readRebuild = async (): Promise<void> => {
      const underWay = await rebuildUnderWay(database);
      if (!underWay) throw new Error('No rebuild is under way.');
      rebuilt.set(underWay.taken);
      toRebuild.set(underWay.known);
      silent.set(underWay.silentSeconds);
    };
    const lost = gauge(
      'voronka_audit_entries_lost',
      'Entries of the audit given up since the start: the broker was away.',
    );
    const ahead = gauge('voronka_clock_ahead_seconds', 'By how much this clock is ahead of the database’s.');
    const read = async (): Promise<void> => {
      const [outbox, open] = await Promise.all([relay.depth(), bus.parked(), clocks.look()]);
      ahead.set(clocks.ahead);
      events.set(outbox.rows);
      oldest.set(outbox.oldestSeconds ?? 0);
      for (const [status, count] of Object.entries(open)) parked.set({ status }, count);
    };
    const connections = gauge('voronka_database_connections', 'Connections of the pool.', ['state']);
    const queued = gauge('voronka_database_waiting', 'Statements and transactions that wait for one of them.');
    this.refresh = async () => {
      const { busy, idle, waiting } = database.connections;
      connections.set({ state: 'busy' }, busy);
      connections.set({ state: 'idle' }, idle);
      queued.set(waiting);
      const found = bus.counts();
      repeats.set(found.repeats);
      gaps.set(found.gaps);
      lost.set(audit.lostInAll);
      leading.set(relay.isLeading ? 1 : 0);
      for (const figure of [lagMessages, lagSeconds, stateMessages, stateSeconds]) figure.reset();
      for (const { topic, messages, seconds } of await bus.lag()) {
        lagMessages.set({ topic }, messages);
        lagSeconds.set({ topic }, seconds);
      }
      for (const { topic, messages, seconds } of await states.lag()) {
        stateMessages.set({ topic }, messages);
        stateSeconds.set({ topic }, seconds);
      }
      await read().catch(() => {
        for (const figure of [events, oldest, ahead]) figure.remove();
        parked.reset();
      });
      await readRebuild().catch(() => [rebuilt, toRebuild, silent].forEach((figure) => figure.remove()));
    };
  }
}
