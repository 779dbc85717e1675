import { DomainError, type HandoverPlan, type Id } from '@voronka/contracts';

/** Who takes over, as typed: people, or all who are in a team. */
export interface Heirs {
  readonly userIds: readonly Id[] | null;
  readonly teamId: Id | null;
}
export interface AskedPlan {
  readonly to: Heirs;
  readonly byPipeline: readonly { readonly pipelineId: Id; readonly to: Heirs }[];
}

/** What is known of those whom the plan names. */
export interface Company {
  readonly active: (userId: Id) => boolean;
  /** The active people of a team; null where there is no such team. */
  readonly team: (teamId: Id) => readonly Id[] | null;
}

export const MOST_HEIRS = 100;

/**
 * The plan with people in place of teams. Refuses with `INVALID_VALUE` a handover to the leaver, and a pipeline that is named
 * twice; with `OWNER_NOT_FOUND` people who are not active here; with `TEAM_NOT_FOUND`; with `REQUIRED` a team in which
 * nobody else is.
 */
export function planOf({ to, byPipeline }: AskedPlan, leaver: Id, company: Company): HandoverPlan {
  const pipelines = byPipeline.map(({ pipelineId }) => pipelineId);
  const twice = pipelines.findIndex((id, i) => pipelines.indexOf(id) < i);
  if (twice >= 0)
    throw new DomainError(
      'INVALID_VALUE',
      'This pipeline is named twice. Say once who takes over its deals.',
      `plan.byPipeline.${twice}.pipelineId`,
    );
  return {
    to: heirsOf(to, leaver, company, 'plan.to'),
    byPipeline: byPipeline.map(({ pipelineId, to: heirs }, i) => ({
      pipelineId,
      to: heirsOf(heirs, leaver, company, `plan.byPipeline.${i}.to`),
    })),
  };
}

function heirsOf({ userIds, teamId }: Heirs, leaver: Id, { active, team }: Company, field: string): Id[] {
  if ((userIds === null) === (teamId === null))
    throw new DomainError('INVALID_VALUE', 'Name people or a team, one of the two.', field);
  if (teamId) {
    const members = team(teamId);
    if (!members)
      throw new DomainError(
        'TEAM_NOT_FOUND',
        'There is no team with this id. Choose one from `teams`.',
        `${field}.teamId`,
      );
    const others = members.filter((id) => id !== leaver);
    if (others.length === 0)
      throw new DomainError(
        'REQUIRED',
        'Nobody else is active in this team, so nobody would take over. Name another, or people.',
        `${field}.teamId`,
      );
    if (others.length > MOST_HEIRS)
      throw new DomainError(
        'TOO_MANY',
        `More than ${MOST_HEIRS} people are in this team. Name some of them.`,
        `${field}.teamId`,
      );
    return others;
  }
  userIds!.forEach((id, i) => {
    if (id === leaver)
      throw new DomainError('INVALID_VALUE', 'This is who leaves. Name somebody else.', `${field}.userIds.${i}`);
    if (!active(id))
      throw new DomainError(
        'OWNER_NOT_FOUND',
        'Nobody active has this id. Choose a person from `users`.',
        `${field}.userIds.${i}`,
      );
  });
  return [...new Set(userIds)];
}
