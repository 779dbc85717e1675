import { request, type Agent } from 'node:http';

/** Asks a GraphQL over HTTP, as nobody where there is no token; answers the text of the answer. Rejects where none comes within a minute. */
export function ask(at: { url: string; token: string; agent: Agent }, body: object): Promise<string> {
  const text = JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      ...(at.token === '' ? {} : { authorization: `Bearer ${at.token}` }),
    };
    const sent = request(at.url, { method: 'POST', agent: at.agent, headers, timeout: 60_000 }, (response) => {
      let answer = '';
      response.setEncoding('utf8').on('data', (part: string) => (answer += part));
      response.once('end', () => resolve(answer));
    });
    sent.once('timeout', () => sent.destroy(new Error('No answer within a minute.')));
    sent.once('error', reject);
    sent.end(text);
  });
}
