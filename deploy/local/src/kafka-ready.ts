import { connect } from 'node:net';

const METADATA = 3;
const VERSION = 4;

/** Whether the broker answers and counts itself among the brokers that take work (a fenced one does not). */
export function kafkaAnswers(host: string, port: number, timeoutMs = 1000): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const done = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(timeoutMs, () => done(false));
    socket.once('error', () => done(false)).once('close', () => resolve(false));
    socket.once('connect', () => socket.write(metadataRequest('voronka-start')));
    let received = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      const brokers = brokerCount(received);
      if (brokers !== null) done(brokers > 0);
    });
  });
}

/** Whether one of host:port[,host:port] answers so. */
export async function anyAnswers(brokers: string): Promise<boolean> {
  const answers = await Promise.all(
    brokers.split(',').map((broker) => {
      const [host = '', port] = broker.split(':');
      return kafkaAnswers(host, Number(port));
    }),
  );
  return answers.includes(true);
}

/** A Metadata request for no topic at all, see https://kafka.apache.org/protocol#The_Messages_Metadata. */
export function metadataRequest(clientId: string): Buffer {
  const body = Buffer.alloc(10 + clientId.length + 5);
  body.writeInt16BE(METADATA, 0);
  body.writeInt16BE(VERSION, 2);
  body.writeInt32BE(1, 4);
  body.writeInt16BE(clientId.length, 8);
  body.write(clientId, 10, 'latin1');
  body.writeInt32BE(0, 10 + clientId.length);
  const size = Buffer.alloc(4);
  size.writeInt32BE(body.length);
  return Buffer.concat([size, body]);
}

/** The length of the list of brokers, which follows size, correlation id and throttle time; null while that much has not arrived. */
export function brokerCount(response: Buffer): number | null {
  return response.length < 16 ? null : response.readInt32BE(12);
}
