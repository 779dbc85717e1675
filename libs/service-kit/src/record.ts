import { DomainError, type Changes, type EventDeclaration, type Id } from '@voronka/contracts';
import { Column, PrimaryColumn } from 'typeorm';

/** What a rule answers: an event, the record it speaks of, and when it happened in the business. */
export class DomainEvent {
  constructor(
    readonly record: CrmRecord<object>,
    readonly declaration: EventDeclaration,
    readonly version: number,
    readonly data: object,
    readonly occurredAt: Date,
  ) {}

  /** Whether the record ceases to be with this event: its row is deleted. The declaration says so. */
  get removes(): boolean {
    return this.declaration.erases ?? false;
  }
}

/** The state each record had when it was loaded or last spoke, against which changes are told. */
const told = new WeakMap<CrmRecord<object>, object>();

/**
 * A record: a row with an identity, whose every change is an event. Rules are methods that refuse by throwing a
 * `DomainError`, or change the fields and return `say(…)`. What no event speaks of is not saved.
 *
 * Nested values (jsonb columns) are replaced by rules, never mutated in place.
 */
export abstract class CrmRecord<State extends object> {
  @PrimaryColumn('uuid') id: Id;
  /** How many events the record has had. */
  @Column('integer') version: number;
  /** When it came to be, in the business. */
  @Column('timestamptz') createdAt: Date;
  /** The person who entered it; null where nobody did. */
  @Column('uuid', { nullable: true }) createdBy: Id | null;
  /** When the last change was recorded. */
  @Column('timestamptz') updatedAt: Date;
  /** The name another system gave it; one record per name. */
  @Column('text', { nullable: true }) externalId: string | null;
  /** Digest of what it was created from, by which a repeated creation is told from another one under the same id. */
  @Column('text', { nullable: true }) fingerprint: string | null;

  /**
   * The public state, as the contracts declare it: a new object each time, which later changes leave as it is. Each write tells it
   * several times; where it spreads another object, that comes last, since V8 copies one that comes first twenty times slower.
   */
  abstract state(): State;

  /** A new, empty record. `at` is when it came to be in the business. */
  static born<T extends CrmRecord<object>>(this: void, type: new () => T, id: Id, by: Id | null, at: Date): T {
    return Object.assign(new type(), {
      id,
      version: 0,
      createdAt: at,
      createdBy: by,
      externalId: null,
      fingerprint: null,
    });
  }

  /** Takes the present state as the one against which the next event tells its changes. The kit calls it after loading. */
  static remember(record: CrmRecord<object>): void {
    told.set(record, record.state());
  }

  /**
   * States that something happened. Call it after changing the fields: the event carries the state as it is now, what
   * changed since the last event, and its own facts.
   */
  protected say<Data>(
    declaration: EventDeclaration<Data>,
    facts: Omit<Data, 'changes' | NounOf<Data>>,
    occurredAt: Date,
  ): DomainEvent {
    const before = told.get(this);
    const after = this.state();
    told.set(this, after);
    this.version += 1;
    const changes = before && changesBetween(before, after);
    const data = { [camel(declaration.noun)]: after, ...(changes && { changes }), ...facts };
    return new DomainEvent(this, declaration, this.version, data, occurredAt);
  }
}

/** The one key of an event's data that holds a record's state. */
type NounOf<Data> = { [K in keyof Data]: Data[K] extends { id: string } | { dealId: string } ? K : never }[keyof Data];

const camel = (kebab: string) => kebab.replace(/-(\w)/g, (_, c: string) => c.toUpperCase());

/** The fields that differ, with old and new value; undefined where none does. */
export function changesBetween(before: object, after: object): Changes | undefined {
  const changes: Changes = {};
  for (const [key, to] of Object.entries(after)) {
    const from: unknown = (before as Record<string, unknown>)[key];
    if (from !== to && JSON.stringify(from) !== JSON.stringify(to)) changes[key] = { from, to };
  }
  return Object.keys(changes).length > 0 ? changes : undefined;
}

/** Who takes a record over, with the team he is in. */
export interface Successor {
  readonly id: Id;
  readonly teamId: Id | null;
}

/** A record that somebody owns, and that has another owner when he leaves, whatever has become of it. */
export interface Heirloom extends CrmRecord<object> {
  readonly ownerId: Id;
  handOver(to: Successor, at: Date): DomainEvent[];
}

export const accesses = ['READ', 'WORK', 'NONE'] as const;
export type Access = (typeof accesses)[number];

const MOST = 100;

/** A record that its owner may let others see, or work as well. */
export abstract class SharedRecord<State extends object> extends CrmRecord<State> {
  @Column('uuid') ownerId: Id;
  /** People and teams who see it though it is not theirs, and those of them who work it too. */
  @Column('uuid', { array: true }) sharedToRead: readonly Id[] = [];
  @Column('uuid', { array: true }) sharedToWork: readonly Id[] = [];

  /** What announces that something is known otherwise of a record. */
  protected abstract get updated(): EventDeclaration;

  /** Lets a person, or a team and all below it, see the record or work it, or neither any more. Refuses the 101st with `TOO_MANY`. */
  share(holder: Id, access: Access, at: Date): DomainEvent[] {
    const events = this.setAccess([[holder, access]], at);
    if (this.sharedToRead.length > MOST)
      throw new DomainError('TOO_MANY', `A record is shared with ${MOST} at most. Share it with their team.`, 'input');
    return events;
  }

  /** One takes the place of another with whom it is shared, unless it is his own or he may work it anyway. */
  passShare(from: Id, to: Id, at: Date): DomainEvent[] {
    const [left, has] = [this.accessOf(from), this.accessOf(to)];
    const access = to === this.ownerId || has === 'WORK' ? has : left;
    return this.setAccess([[from, 'NONE'], ...(left === 'NONE' ? [] : [[to, access] as const])], at);
  }

  /** Holders have these accesses from now on, whatever they had. */
  setAccess(accesses: readonly (readonly [holder: Id, access: Access])[], at: Date): DomainEvent[] {
    const before = JSON.stringify(this.shares);
    for (const [holder, access] of accesses) {
      if (access === this.accessOf(holder)) continue;
      const among = (holders: readonly Id[], is: boolean) => [
        ...holders.filter((id) => id !== holder),
        ...(is ? [holder] : []),
      ];
      this.sharedToRead = among(this.sharedToRead, access !== 'NONE');
      this.sharedToWork = among(this.sharedToWork, access === 'WORK');
    }
    if (JSON.stringify(this.shares) === before) return [];
    return [this.say(this.updated as EventDeclaration<object>, {} as never, at)];
  }

  /** What the record is shared for with a person or a team itself. */
  accessOf(holder: Id): Access {
    if (this.sharedToWork.includes(holder)) return 'WORK';
    return this.sharedToRead.includes(holder) ? 'READ' : 'NONE';
  }

  /** Of the public state. */
  protected get shares(): { sharedToRead: Id[]; sharedToWork: Id[] } {
    return { sharedToRead: [...this.sharedToRead], sharedToWork: [...this.sharedToWork] };
  }
}
