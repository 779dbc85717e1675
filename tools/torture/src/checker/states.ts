import { recordName, type Event, type Evidence, type State } from './evidence.js';
import { canonical, homes } from './records.js';
import type { Findings } from './report.js';

/**
 * Whoever reads the topics of states alone, and keeps of each key the highest version, knows every record as the database
 * and its newest event have it, and none that is gone. Nothing is told there that is of no event.
 */
export function judgeStates(evidence: Evidence, findings: Findings): void {
  const known = new Map<string, State>();
  const events = new Map(evidence.events.map((event) => [event.id, event]));
  for (const state of evidence.states) {
    const name = recordName(state.noun, state.key);
    const event = events.get(state.id);
    if (event?.key !== state.key || event.version !== state.version || event.noun !== state.noun)
      findings.add('a state is of no event', `${name} version ${state.version} ${state.place}`);
    else if (differs(state, event)) findings.add('a state is not what its event says', `${name} ${state.place}`);
    if (state.version >= (known.get(name)?.version ?? 0)) known.set(name, state);
  }
  for (const [noun, [service, table]] of Object.entries(homes)) {
    const rows = new Map(evidence.table(service, table).map((row) => [String(row['id']), row]));
    for (const [name, list] of evidence.byRecord) {
      const newest = list.reduce((a, b) => (b.version > a.version ? b : a));
      if (newest.noun !== noun) continue;
      const state = known.get(name);
      if (!state) findings.add('a record has no state', `${name} version ${newest.version}`);
      else if (state.version !== newest.version)
        findings.add('state and topic are at different versions', `${name}: ${state.version} and ${newest.version}`);
    }
    for (const [name, state] of known) {
      if (state.noun !== noun) continue;
      const row = rows.get(state.key);
      if (!row && state.state !== null) findings.add('a state is of a record that is gone', name);
      else if (row && row['version'] !== state.version)
        findings.add(
          'state and database are at different versions',
          `${name}: ${state.version} and ${String(row['version'])}`,
        );
    }
  }
}

/** A record that is withdrawn has no state. */
function differs({ state }: State, event: Event): boolean {
  const said = event.type.endsWith('.withdrawn') ? null : event.state;
  return canonical(state) !== canonical(said);
}
