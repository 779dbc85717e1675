/** Something that must not be, with the ids of what offends. */
export interface Finding {
  rule: string;
  ids: string[];
}

export interface Report {
  /** Different events on the topics, and how many came more than once. */
  events: number;
  repeats: number;
  findings: Finding[];
}

/** What was found on a system that is written to meanwhile. */
export interface LiveReport extends Report {
  looks: number;
  /** What was seen at more than one look, but only while its record changed, or at the last look alone. */
  undecided: Finding[];
  /** Places of messages that no service of ours has published. */
  strangers: string[];
}

/** Gathers offenders under the rule they break. */
export class Findings {
  private readonly rules = new Map<string, string[]>();

  add(rule: string, id: string): void {
    const ids = this.rules.get(rule);
    if (ids) ids.push(id);
    else this.rules.set(rule, [id]);
  }

  all(): Finding[] {
    return [...this.rules].map(([rule, ids]) => ({ rule, ids }));
  }
}
