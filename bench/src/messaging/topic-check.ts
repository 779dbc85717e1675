import { createHash } from 'node:crypto';
import type { RecordedEvent } from '@voronka/messaging';
import type { KafkaMessage } from 'kafkajs';

interface Course {
  /** A digest of type and content of each event, the first one's first. */
  readonly wanted: string[];
  /** How many came, in order. */
  come: number;
}

/** Holds the events of a topic against those that were written: all there, each record's in order, with their content. */
export class TopicCheck {
  private readonly courses = new Map<string, Course>();
  private readonly ids = new Set<string>();
  private readonly found = { strangers: 0, disorder: 0, different: 0 };
  /** Events that came more than once, which at-least-once delivery allows. */
  repeats = 0;

  want({ declaration, recordId, data }: RecordedEvent): void {
    const course = this.courses.get(recordId);
    const digest = digestOf(declaration.type, data);
    if (course) course.wanted.push(digest);
    else this.courses.set(recordId, { wanted: [digest], come: 0 });
  }

  see({ key, headers, value }: Pick<KafkaMessage, 'key' | 'headers' | 'value'>): void {
    const header = (name: string): string => headers?.[name]?.toString() ?? '';
    const course = this.courses.get(key?.toString() ?? '');
    const version = Number(header('ce_aggregateversion'));
    const id = header('ce_id');
    if (!course) this.found.strangers += 1;
    else if (this.ids.has(id)) this.repeats += 1;
    else if (version !== course.come + 1) this.found.disorder += 1;
    else {
      course.come = version;
      if (digestOf(header('ce_type'), JSON.parse(value?.toString() ?? 'null')) !== course.wanted[version - 1])
        this.found.different += 1;
    }
    this.ids.add(id);
  }

  /** What is wrong, as sentences. */
  findings(): string[] {
    const missing = [...this.courses.values()].reduce((sum, { wanted, come }) => sum + wanted.length - come, 0);
    const { strangers, disorder, different } = this.found;
    return [
      ...(missing > 0 ? [`${missing} events are not on their topic.`] : []),
      ...(disorder > 0 ? [`${disorder} events stand out of the order of their records.`] : []),
      ...(different > 0 ? [`${different} events have another type or content than was written.`] : []),
      ...(strangers > 0 ? [`${strangers} events are of records that nobody wrote.`] : []),
    ];
  }
}

function digestOf(type: string, data: unknown): string {
  const sorted = (_key: string, value: unknown): unknown =>
    value && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  return createHash('sha1').update(type).update(JSON.stringify(data, sorted)).digest('base64');
}
