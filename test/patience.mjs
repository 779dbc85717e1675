import { jest } from '@jest/globals';

// A test waits for conditions, not for time: the limit only ends what hangs, also on a machine with much else to do.
jest.setTimeout(60_000);
