import type { ApolloServerPlugin } from '@apollo/server';
import { countedAs, type Requests } from '../service/process.metrics.js';

/** Counts each operation, with the time it took and the codes of its errors. */
export const countRequests = (requests: Requests): ApolloServerPlugin => ({
  requestDidStart: () => {
    const since = performance.now();
    return Promise.resolve({
      willSendResponse: async ({ operation, response: { body } }) => {
        const errors = body.kind === 'single' ? body.singleResult.errors : undefined;
        requests.answered(
          operation ? countedAs(operation) : 'none',
          (performance.now() - since) / 1000,
          errors?.map(({ extensions }) => String(extensions?.['code'])),
        );
      },
    });
  },
});
