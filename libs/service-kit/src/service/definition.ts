import type { INestApplicationContext, Type } from '@nestjs/common';
import type { DomainError } from '@voronka/contracts';
import type { z } from 'zod';
import type { MigrationInterface } from 'typeorm';
import type { ReferenceKind } from '../directory/references.js';
import type { Exported } from '../export/exported.js';
import type { Handovers } from '../handover/inheritance.js';
import type { RecordType } from '../store/table.js';

/** Under this a provider is given the settings the service was started with; empty where only its schema is printed. */
export const SETTINGS = Symbol('settings');

/** All that makes one service differ from another. */
export interface ServiceDefinition {
  readonly name: 'identity' | 'leads' | 'accounts' | 'deals' | 'tasks' | 'analytics';
  /** A module for each noun. */
  readonly modules: readonly Type[];
  readonly entities: readonly RecordType[];
  readonly migrations: readonly (new () => MigrationInterface)[];
  /** Nouns it writes events of; their topics are made at start. */
  readonly publishes: readonly string[];
  /** Nouns of other services that its records refer to. */
  readonly references?: readonly ReferenceKind[];
  /** Lists that can be taken as a whole, by the names of their queries. */
  readonly exports?: Readonly<Record<string, Exported>>;
  /** What of its records is handed over when their owner leaves; its migrations then hold `CreateHandover…`. */
  readonly handovers?: Handovers;
  /** Settings of its own, beside those of every service. */
  readonly settings?: z.ZodRawShape;
  /** What a unique constraint that is violated means to a person, by the constraint's name. */
  readonly constraints?: Readonly<Record<string, () => DomainError>>;
  /** Makes what must be there before the service first answers. Runs after the migrations, at every start, in every instance. */
  readonly begin?: (app: INestApplicationContext) => Promise<void>;
}
