/** Told of what a process does with events, for whoever counts it. Topics and types are declared ones: there are few. */
export interface Meter {
  /** The broker has them. */
  published(topic: string, events: number): void;
  /** A batch was taken whole: handled, parked, or of no concern here. */
  consumed(topic: string, events: number): void;
  /** The reactions to one event ran, or a projection kept those of a batch, of which some are of this type; or one of them failed. */
  handled(type: string, seconds: number, outcome: 'done' | 'failed'): void;
  /** Letters of events of this topic were written: they were tried for the last time. */
  deadLetters(topic: string, letters: number): void;
}

export const noMeter: Meter = { published: () => {}, consumed: () => {}, handled: () => {}, deadLetters: () => {} };
