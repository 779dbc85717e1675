import { describe, expect, it } from '@jest/globals';
import { logLevel, type LogEntry } from 'kafkajs';
import { kafkaLog } from './kafka.log.js';
import { StateLog, type Logger } from './logger.js';

function listener() {
  const said: string[] = [];
  const at = (level: string) => (_: object, message: string) => void said.push(`${level} ${message}`);
  const logger: Logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  return { said, logger };
}
const entry = (label: string, namespace: string, message: string): LogEntry => ({
  label,
  namespace,
  level: logLevel.INFO,
  log: { timestamp: '', message },
});

describe('the log', () => {
  it('says what kafkajs cannot mend, once a minute, and keeps the rest for debugging', () => {
    const { said, logger } = listener();
    const log = kafkaLog(logger)(logLevel.INFO);
    log(entry('INFO', 'Consumer', 'Starting'));
    log(entry('ERROR', 'Connection', 'Connection error: connect ECONNREFUSED'));
    log(entry('ERROR', 'Connection', 'Response Metadata: The group coordinator is not available'));
    log(entry('ERROR', 'BrokerPool', 'Something new'));
    log(entry('ERROR', 'BrokerPool', 'Something new'));
    expect(said).toEqual([
      'debug [Consumer] Starting',
      'debug [Connection] Connection error: connect ECONNREFUSED',
      'debug [Connection] Response Metadata: The group coordinator is not available',
      'warn [BrokerPool] Something new',
      'debug [BrokerPool] Something new',
    ]);
  });

  it('says once that something fails, and once that it works again', () => {
    const { said, logger } = listener();
    const state = new StateLog(logger, 'It fails', 'It works');
    state.worked();
    state.failed(new Error('1'));
    state.failed(new Error('2'));
    state.worked();
    state.worked();
    expect(said).toEqual(['warn It fails', 'debug It fails', 'info It works']);
  });

  it('says each new reason once, however deep it lies, and knows the newest until it works', () => {
    const { said, logger } = listener();
    const state = new StateLog(logger, 'It fails', 'It works');
    const gone = () => new Error('gave up', { cause: Object.assign(new Error('gone'), { code: 'ECONNREFUSED' }) });
    const barred = Object.assign(new Error('barred'), { type: 'TOPIC_AUTHORIZATION_FAILED' });
    [gone(), gone(), barred, gone(), barred].forEach((error) => state.failed(error));
    expect(said).toEqual(['warn It fails', 'debug It fails', 'warn It fails', 'debug It fails', 'debug It fails']);
    expect(state.trouble).toEqual({ what: 'It fails', error: barred });
    state.worked();
    expect(state.trouble).toBeNull();
    state.failed(gone());
    expect(said.at(-1)).toBe('warn It fails');
  });
});
