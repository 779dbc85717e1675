import type { RawMessage } from './topic-reader.js';

// The specification's String: no control characters.
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;
const ABSOLUTE_URI = /^[a-z][a-z0-9+.-]*:[^\s]+$/i;
const URI_REFERENCE = /^[^\s<>"{}|\\^`]+$/;

/**
 * What is wrong with a message as a CloudEvent in binary mode, by CloudEvents 1.0.2 and its Kafka protocol binding
 * (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md §3.2). None: nothing is.
 */
export function faultsOf({ headers }: Pick<RawMessage, 'headers'>): string[] {
  const names = headers.map(([name]) => name);
  const attributes = new Map(
    headers
      .filter(([name]) => name.startsWith('ce_') || name === 'content-type')
      .map(([name, value]) => [name.replace(/^ce_/, ''), value]),
  );
  const wrong = (attribute: string, form: RegExp) =>
    attributes.has(attribute) && !form.test(attributes.get(attribute) ?? '') ? [`${attribute} has another form`] : [];
  return [
    ...['id', 'source', 'specversion', 'type']
      .filter((name) => !names.includes(`ce_${name}`) || attributes.get(name) === '')
      .map((name) => `${name} is missing`),
    ...names.filter((name, i) => names.indexOf(name) !== i).map((name) => `${name} is repeated`),
    ...names
      .filter((name) => name !== 'content-type' && !/^ce_[a-z0-9]{1,20}$/.test(name))
      .map((name) => `${name} is no name of an attribute`),
    // The data's content type is the header content-type; the data themselves are the value.
    ...names
      .filter((name) => /^ce_(data|datacontenttype|data_base64)$/.test(name))
      .map((name) => `${name} is no header`),
    ...headers.filter(([, value]) => CONTROL.test(value)).map(([name]) => `${name} has control characters`),
    ...(names.includes('content-type') ? [] : ['content-type is missing']),
    // application/cloudevents would be the structured mode.
    ...wrong('content-type', /^(?!application\/cloudevents)[\w.+-]+\/[\w.+-]+(; *[\w-]+=[\w-]+)*$/),
    ...wrong('specversion', /^1\.0$/),
    ...wrong('source', URI_REFERENCE),
    ...wrong('dataschema', ABSOLUTE_URI),
    ...wrong('time', RFC3339),
    ...wrong('subject', /./),
    ...wrong('traceparent', /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/),
  ];
}
