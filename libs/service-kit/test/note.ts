import { Injectable, Module } from '@nestjs/common';
import {
  Args,
  Directive,
  Field,
  ID,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Query,
  ResolveReference,
  Resolver,
} from '@nestjs/graphql';
import { DomainError, Id, noun, text, type Actor } from '@voronka/contracts';
import { Column, Entity, type MigrationInterface, type QueryRunner } from 'typeorm';
import { z } from 'zod';
import {
  By,
  Can,
  check,
  connection,
  connectionOf,
  CrmRecord,
  field,
  ImportResult,
  type Referred,
  showReferred,
  list,
  one,
  Public,
  SafeInt,
  Store,
  type DomainEvent,
  type ListArgs,
  type RequestContext,
  type ServiceDefinition,
} from '../src/index.js';

/** The smallest noun, to try the kit on. */
const NoteState = z.object({ id: Id, title: z.string(), rank: z.number().nullable(), tags: z.array(z.string()) });
const declared = noun('note', 'Notes of the tests.', NoteState);
export const NoteCreated = declared.event('created', 'Written.');
export const NoteRenamed = declared.event('renamed', 'Renamed.', { by: z.string() });
export const NoteTorn = declared.event('torn', 'Gone.', {}, { erases: true });

@Entity('note')
export class Note extends CrmRecord<z.infer<typeof NoteState>> {
  static readonly guarding = 'ours';
  @Column('text') title: string;
  @Column('bigint', { nullable: true }) rank: number | null;
  @Column('jsonb') tags: string[];

  state() {
    const { id, title, rank, tags } = this;
    return { id, title, rank, tags };
  }
  static write(id: Id, title: string, rank: number | null, at: Date): DomainEvent[] {
    const note = CrmRecord.born(Note, id, null, at);
    Object.assign(note, { title, rank, tags: [] });
    return [note.say(NoteCreated, {}, at)];
  }
  rename(title: string, by: Actor, at: Date): DomainEvent[] {
    this.title = title;
    this.tags = [...this.tags, title];
    const event = this.say(NoteRenamed, { by: by.id }, at);
    if (title === 'refused') throw new DomainError('CONFLICT', 'Choose another title.', 'title');
    return [event];
  }
  tear(at: Date): DomainEvent[] {
    return [this.say(NoteTorn, {}, at)];
  }
}

export const noteList = list(Note, 'Note', {
  fields: { title: field.text({ order: true }), rank: field.number({ order: true, nullable: true }) },
  search: 'lower(t.title)',
});

@ObjectType('Note', { description: 'A note.' })
@Directive('@key(fields: "id")')
class NoteType {
  @Field(() => ID, { description: 'Id.' }) id: string;
  @Field(() => String, { description: 'Title.' }) title: string;
  @Field(() => SafeInt, { nullable: true, description: 'Rank.' }) rank: number | null;
  @Field(() => Int, { description: 'Version.' }) version: number;
}
const NoteConnection = connectionOf(NoteType, 'Note');

@InputType({ description: 'A row.' })
class ImportNoteInput {
  @Field(() => String, { description: 'External id.' }) externalId: string;
  @Field(() => String, { description: 'Title.' }) title: string;
}

@Injectable()
class NoteService {
  constructor(private readonly store: Store) {}
  list(by: Actor, args: ListArgs) {
    return this.store.list(by, noteList, args);
  }
  byIds(by: Actor, ids: readonly Id[]) {
    return this.store.byIds(by, Note, ids);
  }
  create(by: Actor, id: Id | null, title: string, rank: number | null) {
    return this.store.create(by, Note, { id, content: { title, rank }, idField: 'id' }, (_, key, now) =>
      Note.write(key, title, rank, now),
    );
  }
  async rename(by: Actor, id: Id, title: string, expectedVersion?: number | null) {
    const { note } = await this.store.write(by, { note: one(Note, id, expectedVersion) }, ({ note }, now) =>
      note.rename(title, by, now),
    );
    return note;
  }
  import(by: Actor, rows: ImportNoteInput[]) {
    return this.store.importRows(Note, rows, (row, id) =>
      this.store.create(by, Note, { id, externalId: row.externalId, content: { ...row } }, (_, key, now) => {
        check(text(50), row.externalId, 'externalId');
        if (!row.title) throw new DomainError('TEXT_EMPTY', 'Give it a title.', 'title');
        return Note.write(key, row.title, null, now);
      }),
    );
  }
}

@Resolver(() => NoteType)
class NoteResolver {
  constructor(private readonly notes: NoteService) {}

  @Query(() => NoteConnection, { description: 'Notes.' })
  @Can('read', 'lead')
  async notes_(@By() by: Actor, @Args({ type: () => noteList.Args }) args: ListArgs) {
    return connection(await this.notes.list(by, args), (note) => note);
  }
  @ResolveReference()
  referred(referred: readonly Referred[], ctx: RequestContext) {
    const shown = ({ id, title }: Note) => ({ id, title });
    return showReferred(ctx, referred, (by, ids) => this.notes.byIds(by, ids), shown);
  }
  @Query(() => String, { description: 'For all.' })
  @Public()
  hello(): string {
    return 'hello';
  }
  @Query(() => String, { description: 'Guarded by nothing.' })
  forgotten(): string {
    return 'never seen';
  }
  @Mutation(() => NoteType, { description: 'Write one.' })
  @Can('create', 'lead')
  async createNote(
    @By() by: Actor,
    @Args('title', { type: () => String }) title: string,
    @Args('id', { type: () => ID, nullable: true }) id: string | null,
    @Args('rank', { type: () => SafeInt, nullable: true }) rank: number | null,
  ) {
    return (await this.notes.create(by, id, title, rank ?? null)).record;
  }
  @Mutation(() => NoteType, { description: 'Rename one.' })
  @Can('update', 'lead')
  renameNote(
    @By() by: Actor,
    @Args('id', { type: () => ID }) id: string,
    @Args('title', { type: () => String }) title: string,
    @Args('expectedVersion', { type: () => Int, nullable: true }) expectedVersion: number | null,
  ) {
    return this.notes.rename(by, id, title, expectedVersion);
  }
  @Mutation(() => [ImportResult], { description: 'Import.' })
  @Can('import', 'lead')
  importNotes(@By() by: Actor, @Args('rows', { type: () => [ImportNoteInput] }) rows: ImportNoteInput[]) {
    return this.notes.import(by, rows);
  }
}

@Module({ providers: [NoteService, NoteResolver] })
class NoteModule {}

class CreateNote1800000000000 implements MigrationInterface {
  name = 'CreateNote1800000000000';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table note (
      id uuid primary key, version integer not null, created_at timestamptz not null, created_by uuid, updated_at timestamptz not null,
      external_id text, fingerprint text, title text not null constraint note_title_once unique, rank bigint, tags jsonb not null)`);
    await runner.query('create unique index note_external_id on note (external_id) where external_id is not null');
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table note');
  }
}

export const notes: ServiceDefinition = {
  name: 'leads',
  modules: [NoteModule],
  entities: [Note],
  migrations: [CreateNote1800000000000],
  publishes: ['note'],
  constraints: {
    note_title_once: () => new DomainError('ALREADY_EXISTS', 'This title is taken. Choose another.', 'title'),
  },
};
