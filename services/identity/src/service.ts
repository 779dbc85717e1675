import { DomainError } from '@voronka/contracts';
import { exported, type ServiceDefinition } from '@voronka/service-kit';
import { ApiKeyModule } from './api-key/api-key.module.js';
import { ApiKey } from './api-key/api-key.js';
import { AuditModule } from './audit/audit.module.js';
import { Audited } from './audit/audit.js';
import { settings as auditSettings } from './audit/audit.service.js';
import { BulkReadModule } from './bulk-read/bulk-read.module.js';
import { BulkRead } from './bulk-read/bulk-read.js';
import { CoverModule } from './cover/cover.module.js';
import { Cover } from './cover/cover.js';
import { CreatePeople1730000000001 } from './migrations/1730000000001-create-people.js';
import { CreateRole1730000000002 } from './migrations/1730000000002-create-role.js';
import { CreateApiKey1730000000003 } from './migrations/1730000000003-create-api-key.js';
import { AddSessionUse1730000000004 } from './migrations/1730000000004-add-session-use.js';
import { CreateCover1730000000005 } from './migrations/1730000000005-create-cover.js';
import { CreateAudit1730000000006 } from './migrations/1730000000006-create-audit.js';
import { CreateBulkRead1730000000007 } from './migrations/1730000000007-create-bulk-read.js';
import { AddRoleLimits1730000000008 } from './migrations/1730000000008-add-role-limits.js';
import { CreateFailedAttempt1730000000020 } from './migrations/1730000000020-create-failed-attempt.js';
import { CreateSecondFactor1730000000021 } from './migrations/1730000000021-create-second-factor.js';
import { CreateBegunSignIn1730000000022 } from './migrations/1730000000022-create-begun-sign-in.js';
import { CreateOffboarding1730000000030 } from './migrations/1730000000030-create-offboarding.js';
import { OffboardingModule } from './offboarding/offboarding.module.js';
import { Offboarding } from './offboarding/offboarding.js';
import { RoleModule } from './role/role.module.js';
import { RoleService } from './role/role.service.js';
import { Role } from './role/role.js';
import { SecondFactorModule } from './second-factor/second-factor.module.js';
import { settings as secondFactorSettings } from './second-factor/second-factor.seal.js';
import { SessionModule } from './session/session.module.js';
import { Session } from './session/session.js';
import { settings as sessionSettings } from './session/session.tokens.js';
import { settings as signInSettings } from './sign-in/sign-in.settings.js';
import { TeamModule } from './team/team.module.js';
import { Team } from './team/team.js';
import { showUser, userList } from './user/user.graphql.js';
import { UserModule } from './user/user.module.js';
import { User } from './user/user.js';

/** Who works here, who belongs where, who may do what; and signing in. */
export const identity: ServiceDefinition = {
  name: 'identity',
  modules: [
    ...[UserModule, TeamModule, RoleModule, CoverModule, SecondFactorModule, SessionModule, ApiKeyModule],
    ...[AuditModule, BulkReadModule, OffboardingModule],
  ],
  entities: [User, Team, Role, Cover, Session, ApiKey, Audited, BulkRead, Offboarding],
  migrations: [
    CreatePeople1730000000001,
    CreateRole1730000000002,
    CreateApiKey1730000000003,
    AddSessionUse1730000000004,
    CreateCover1730000000005,
    CreateAudit1730000000006,
    CreateBulkRead1730000000007,
    AddRoleLimits1730000000008,
    CreateFailedAttempt1730000000020,
    CreateSecondFactor1730000000021,
    CreateBegunSignIn1730000000022,
    CreateOffboarding1730000000030,
  ],
  references: ['pipeline', 'stage'],
  publishes: ['user', 'team', 'role', 'cover', 'session', 'api-key', 'bulk-read', 'offboarding'],
  settings: { ...sessionSettings, ...secondFactorSettings, ...signInSettings, ...auditSettings },
  exports: { users: exported(userList, showUser) },
  begin: (app) => app.get(RoleService, { strict: false }).ship(),
  constraints: {
    role_name: () =>
      new DomainError('ALREADY_EXISTS', 'There is a role of this name already. Choose another name.', 'input.name'),
    user_email: () =>
      new DomainError(
        'EMAIL_TAKEN',
        'Somebody here has this mail already. Look for that person in `users`, or type another mail.',
        'input.email',
      ),
  },
};
