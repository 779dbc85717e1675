/** How far the copies are with a record, and the service: `live` is the highest version that came by there. */
export interface Place {
  handled: number;
  seen: number;
  readonly live: number;
  /** Messages of the record wait, so later ones do. */
  queued: boolean;
}

/** What is to be done with a message. */
export type Decision = 'apply' | 'pass' | 'wait';

/** What became of an event in the service; undefined where it was never parked. */
export type Fate = { readonly open: boolean; readonly replayed: boolean } | undefined;

/**
 * Whether the copies take a message that brings a version of a record; changes `place` accordingly. They take what the
 * service has applied, in the order of versions, and nothing before the service has: what it has not come to, what is
 * parked there, and what earlier ones of its record are missing for (after partitions were added they are on others)
 * waits; not where it is `complete`, and nothing earlier can come. What was discarded has had no effect there and has
 * none here.
 */
export function decide(version: number, wanted: boolean, fate: Fate, place: Place, complete = false): Decision {
  if (!place.queued && version <= (wanted ? place.handled : place.seen)) return 'pass';
  const early = version > place.seen + 1 && !complete;
  if (place.queued || early || (wanted && (version > place.live || fate?.open))) {
    place.queued = true;
    return 'wait';
  }
  place.seen = Math.max(place.seen, version);
  if (!wanted || (fate && !fate.replayed)) return 'pass';
  place.handled = version;
  return 'apply';
}
