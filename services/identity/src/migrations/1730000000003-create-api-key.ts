import type { MigrationInterface, QueryRunner } from 'typeorm';

const statements = [
  `create table api_key (id uuid primary key, version integer not null, created_at timestamptz not null,
    created_by uuid, updated_at timestamptz not null, external_id text, fingerprint text,
    name text not null, owner_id uuid not null, role_id uuid not null, expires_at timestamptz not null,
    addresses text[] not null, revoked_at timestamptz,
    constraint api_key_of_user foreign key (owner_id) references "user")`,
  `create index api_key_newest on api_key (created_at desc, id desc)`,
  `create index api_key_of_owner on api_key (owner_id, created_at desc, id desc)`,
  `create index api_key_of_role on api_key (role_id) where revoked_at is null`,
  `create table api_key_secret (key_id uuid primary key references api_key, secret_hash bytea not null,
    last_used_at timestamptz)`,
];

/** Keys by which programs ask, and apart from them their secrets. */
export class CreateApiKey1730000000003 implements MigrationInterface {
  name = 'CreateApiKey1730000000003';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table api_key_secret, api_key');
  }
}
