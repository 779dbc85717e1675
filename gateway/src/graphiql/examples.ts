import { v7 as uuid } from 'uuid';

/** A tab of GraphiQL, named after its operation. */
export interface Example {
  readonly query: string;
  /** JSON text, as it stands in the editor for variables. */
  readonly variables: string;
}

const DAY = 24 * 60 * 60 * 1000;

/**
 * The first story, a tab for each step, to be run from left to right. The ids are chosen here, as any client may, so
 * nothing has to be copied from one tab to the next: what the story makes it finds again.
 */
export function examples(now: Date): readonly Example[] {
  const [lead, call] = [uuid(), uuid()];
  const inDays = (days: number) => new Date(now.getTime() + days * DAY).toISOString();
  const tab = (query: string, variables: object): Example => ({
    query: query.replace(/^\n/, ''),
    variables: JSON.stringify(variables, null, 2),
  });
  return [
    tab(
      `
# Sign in with what npm start printed (Variables, below).
# The other tabs then ask in your name.
mutation SignIn($email: String!, $password: String!) {
  signIn(email: $email, password: $password) {
    accessToken
    refreshToken
    expiresAt
    user {
      id
      name
    }
  }
}`,
      { email: '', password: '' },
    ),
    tab(
      `
# Somebody wrote to us.
mutation CaptureLead($input: CreateLeadInput!) {
  createLead(input: $input) {
    id
    status
    personName
    companyName
    phones {
      typed
      normalised
    }
    owner {
      name
    }
  }
}`,
      {
        input: {
          id: lead,
          personName: 'Anna Smirnova',
          companyName: 'Severny Veter',
          phones: ['+7 495 123-45-67'],
          emails: ['Anna@severny-veter.example'],
          source: 'Web site',
          note: 'Wants a quote for 40 seats by the end of the month.',
          amount: { amount: 4_800_000, currency: 'RUB' },
        },
      },
    ),
    tab(
      `
# Work it: it gets its next step.
mutation PlanTheCall($lead: ID!, $call: PlanActivityInput!) {
  startLead(id: $lead) {
    status
  }
  planActivity(input: $call) {
    id
    dueAt
    lead {
      personName
      nextStep {
        subject
      }
    }
  }
}`,
      {
        lead,
        call: {
          id: call,
          kind: 'CALL',
          subject: 'Ask who decides',
          dueAt: inDays(1),
          about: { leadId: lead },
        },
      },
    ),
    tab(
      `
# What came of the call, and what comes next, in one.
mutation CompleteTheCall($call: ID!, $outcome: String, $next: NextStepInput) {
  completeActivity(id: $call, outcome: $outcome, next: $next) {
    status
    outcome
    next {
      id
      subject
      dueAt
    }
  }
}`,
      {
        call,
        outcome: 'She decides herself and has the budget.',
        next: { kind: 'MEETING', subject: 'Show it to her team', dueAt: inDays(3) },
      },
    ),
    tab(
      `
# It is worth a deal. Company, contact and deal are made of
# what the lead says; nothing is typed again.
mutation ConvertLead($lead: ID!, $input: ConvertLeadInput) {
  convertLead(id: $lead, input: $input) {
    id
    status
  }
}`,
      { lead, input: { deal: { title: '40 seats for Severny Veter' } } },
    ),
    tab(
      `
# What became of it. Each part comes from the service that
# knows it. Take the deal's id from here to the next tab.
query Lead($lead: ID!) {
  lead(id: $lead) {
    status
    conversion {
      status
      company {
        id
        name
      }
      contact {
        id
        name
      }
      deal {
        id
        title
        amount {
          amount
          currency
        }
        stage {
          name
        }
        nextStep {
          subject
          dueAt
        }
      }
    }
  }
}`,
      { lead },
    ),
    tab(
      `
# Won. The funnel in the next tab is that of its pipeline.
mutation WinDeal($deal: ID!) {
  winDeal(id: $deal) {
    status
    pipeline {
      id
      name
    }
    owner {
      name
    }
    company {
      name
    }
    lead {
      source
    }
  }
}`,
      { deal: '' },
    ),
    tab(
      `
# How the last half year went, stage by stage.
query Funnel($pipeline: ID!, $from: DateTime, $to: DateTime) {
  funnel(pipelineId: $pipeline, from: $from, to: $to) {
    stages {
      name
      entered
      passed
      lost
      open
      conversionFromFirst
      medianDays
    }
    won
    lost
    winRate
    wonValue {
      amount
      currency
    }
  }
}`,
      { pipeline: '', from: inDays(-182), to: inDays(1) },
    ),
  ];
}
