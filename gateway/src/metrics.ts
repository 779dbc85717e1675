import { ProcessMetrics } from '@voronka/service-kit/process';
import { Histogram } from 'prom-client';
import type { NoAnswer } from './services/http.js';

/** Seconds: up to what SERVICE_TIMEOUT_MS is by itself. */
const BUCKETS = [0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Told how a call to a service ended, and after how many seconds. */
export type CountCall = (outcome: 'answered' | NoAnswer['reason'], seconds: number) => void;

/** What the gateway is counted by: requests, as everywhere, and what its services take. */
export class GatewayMetrics extends ProcessMetrics {
  private readonly calls: Histogram;

  constructor() {
    super('gateway');
    this.calls = new Histogram({
      name: 'voronka_service_call_seconds',
      help: 'Calls of the gateway to its services, from asking to the answer.',
      labelNames: ['to', 'outcome'],
      buckets: BUCKETS,
      registers: [this.registry],
    });
  }

  callsTo(service: string): CountCall {
    const answered = this.calls.labels(service, 'answered');
    return (outcome, seconds) =>
      outcome === 'answered' ? answered.observe(seconds) : this.calls.observe({ to: service, outcome }, seconds);
  }
}
