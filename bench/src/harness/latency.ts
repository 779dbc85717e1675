import { build } from 'hdr-histogram-js';

/** How long something took, in milliseconds. */
export interface Distribution {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  /** For a plot: percentile and milliseconds. */
  readonly curve: readonly (readonly [percentile: number, milliseconds: number])[];
}

const CURVE = [0, 10, 25, 50, 75, 90, 95, 97.5, 99, 99.5, 99.9, 99.95, 99.99, 100];

/** Microseconds; what took longer counts as this. */
const LONGEST = 3_600_000_000;

/** The distribution of durations in milliseconds, kept to three digits in microseconds. Those below zero (two clocks' grains) count as zero. */
export function distributionOf(milliseconds: Iterable<number>): Distribution {
  const histogram = build({ bitBucketSize: 64, numberOfSignificantValueDigits: 3, highestTrackableValue: LONGEST });
  for (const duration of milliseconds)
    histogram.recordValue(Math.min(LONGEST, Math.max(0, Math.round(duration * 1000))));
  const at = (percentile: number) =>
    histogram.totalCount === 0 ? 0 : histogram.getValueAtPercentile(percentile) / 1000;
  return {
    count: histogram.totalCount,
    mean: histogram.totalCount === 0 ? 0 : Math.round(histogram.mean) / 1000,
    p50: at(50),
    p90: at(90),
    p99: at(99),
    p999: at(99.9),
    max: at(100),
    curve: CURVE.map((percentile) => [percentile, at(percentile)] as const),
  };
}
