import { describe, expect, it } from '@jest/globals';
import { javaVersion } from './kafka-jars.js';
import { brokerCount, metadataRequest } from './kafka-ready.js';
import { properties } from './kafka.js';

describe('a Kafka node', () => {
  it('listens on loopback alone and keeps what it is given for ever', () => {
    const lines = properties({ port: 9192, controllerPort: 9999, data: '/data' }).split('\n');
    expect(lines).toContain('listeners=PLAINTEXT://127.0.0.1:9192,CONTROLLER://127.0.0.1:9999');
    expect(lines).toContain('log.retention.ms=-1');
    expect(lines).toContain('log.dirs=/data');
  });

  it('is one node: every internal topic has one replica', () => {
    const replicas = properties({ port: 1, controllerPort: 2, data: '/data' }).match(
      /.*(replication\.factor|min\.isr)=.*/g,
    );
    expect(replicas?.map((line) => line.split('=')[1])).toEqual(['1', '1', '1', '1', '1']);
  });
});

describe('the question whether a broker takes work', () => {
  it('is a Metadata request whose first four bytes tell the length of the rest', () => {
    const request = metadataRequest('me');
    expect(request.readInt32BE(0)).toBe(request.length - 4);
    expect([request.readInt16BE(4), request.readInt16BE(6)]).toEqual([3, 4]);
  });

  it('has no answer before the list of brokers begins', () => {
    const answer = Buffer.alloc(16);
    answer.writeInt32BE(1, 12);
    expect(brokerCount(answer.subarray(0, 15))).toBeNull();
    expect(brokerCount(answer)).toBe(1);
  });
});

describe('the version of Java', () => {
  it.each([
    ['openjdk version "17.0.15" 2025-04-15', 17],
    ['openjdk version "21" 2023-09-19', 21],
    ['java version "1.8.0_292"', 8],
    ['something else', 0],
  ])('in %s is %i', (printed, version) => {
    expect(javaVersion(printed)).toBe(version);
  });
});
