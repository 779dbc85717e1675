import { createRequire } from 'node:module';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { takeOverQueue } from './kafka.queue.js';

interface Pushed {
  readonly entry: object;
  readonly expectResponse: boolean;
  readonly sendRequest: () => void;
}
interface Queue {
  push(request: Pushed): void;
  fulfillRequest(response: { correlationId: number; payload: null; size: number }): void;
  maybeThrottle(milliseconds: number): void;
}
const RequestQueue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as new (
  options: object,
) => Queue;

describe('what waits to be sent to Kafka', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  const sent: number[] = [];
  const queue = () => {
    sent.length = 0;
    return new RequestQueue({
      ...{ maxInFlightRequests: 1, requestTimeout: 1000, enforceRequestTimeout: false, clientId: 'c', broker: 'b' },
      ...{ logger: { debug: () => {} }, isConnected: () => true },
    });
  };
  const request = (correlationId: number): Pushed => ({
    entry: {
      correlationId,
      createdAt: 0,
      resolve: () => {},
      reject: () => {},
      apiName: 'Fetch',
      apiKey: 1,
      apiVersion: 1,
    },
    expectResponse: true,
    sendRequest: () => void sent.push(correlationId),
  });
  const answered = (correlationId: number) => ({ correlationId, payload: null, size: 0 });

  it('is not looked for where nothing waits', () => {
    const stock = queue();
    stock.push(request(1));
    stock.fulfillRequest(answered(1));
    expect(jest.getTimerCount()).toBe(1);
    jest.clearAllTimers();

    takeOverQueue();
    const ours = queue();
    ours.push(request(1));
    ours.fulfillRequest(answered(1));
    expect([sent, jest.getTimerCount()]).toEqual([[1], 0]);
  });

  it('is sent when the one before was answered, and when the broker’s wish for a pause is over', () => {
    takeOverQueue();
    const ours = queue();
    ours.push(request(1));
    ours.push(request(2));
    expect(sent).toEqual([1]);
    ours.fulfillRequest(answered(1));
    expect(sent).toEqual([1, 2]);
    ours.fulfillRequest(answered(2));
    ours.maybeThrottle(400);
    ours.push(request(3));
    jest.advanceTimersByTime(350);
    expect(sent).toEqual([1, 2]);
    jest.advanceTimersByTime(100);
    expect(sent).toEqual([1, 2, 3]);
  });
});
