/** Nouns that analysts have no business with: who signs in, by what, may do what, and who looked at what. */
const KEPT_FROM_ANALYSTS = ['session', 'api-key', 'role', 'audit', 'bulk-read', 'offboarding'];

const nounOf = (topic) => topic.split('.')[1];
const on = (operations, topics) => (topics.length > 0 ? [{ operations, type: 'topic', names: topics }] : []);
const inGroups = (operations, ...names) => ({ operations, type: 'group', names });

/**
 * What each service, who analyses and who operates have to do with the topics of a Kafka with an authorizer, and nothing else:
 * for each principal its grants of operations on named topics or groups, or on all whose names begin so. Names are without
 * the installation's prefix. `services` are what their command `topics` tells.
 */
export function grantsOf(services) {
  const analysed = [...new Set(services.flatMap(({ writes }) => writes))]
    .filter((topic) => !KEPT_FROM_ANALYSTS.includes(nounOf(topic)))
    .sort();
  const ofServices = services.map(({ service, writes, reads }) => ({
    principal: `voronka-${service}`,
    about: service,
    grants: [
      ...on(['Write', 'Describe', 'DescribeConfigs', 'Create'], writes),
      // It makes the states of its own events.
      ...on(
        ['Read'],
        writes.filter((topic) => topic.endsWith('.events')),
      ),
      ...on(['Read', 'Describe'], reads),
      ...on(
        ['Write', 'Read', 'Describe', 'Create'],
        reads.map((topic) => `${topic}.${service}.dlq`),
      ),
      inGroups(['Read', 'Describe'], service, `${service}.state`),
      { ...inGroups(['Read', 'Describe', 'Delete'], `${service}.rebuild.`), prefixed: true },
    ],
  }));
  return [
    ...ofServices,
    {
      principal: 'voronka-bi',
      about: 'Analysts: what happened in sales, and how things are. Not who signs in, may do what, or looked at what.',
      grants: [...on(['Read', 'Describe'], analysed), { ...inGroups(['Read', 'Describe'], 'bi.'), prefixed: true }],
    },
    {
      principal: 'voronka-ops',
      about: 'Operators: npm run ops.',
      grants: [
        { operations: ['All'], type: 'topic', names: ['crm.'], prefixed: true },
        { operations: ['Read', 'Describe', 'Delete'], type: 'group', any: true },
      ],
    },
  ];
}

const command = (principal, { operations, type, names, prefixed, any }) =>
  [
    `allow ${principal}`,
    ...operations.map((operation) => `--operation ${operation}`),
    ...(prefixed ? ['--resource-pattern-type prefixed'] : []),
    ...(any ? [`--${type} '*'`] : names.map((name) => `--${type} "\${PREFIX}${name}"`)),
  ].join(' \\\n  ');

/** The shell script that gives those grants. */
export function aclScript(services) {
  const commands = grantsOf(services).flatMap(({ principal, about, grants }) => [
    `\n# ${about}`,
    ...grants.map((grant) => command(principal, grant)),
  ]);
  return `#!/bin/sh
# Made by npm run generate of what each service writes and reads: let nobody do more with Kafka than he has to.
#
#   KAFKA=host:9093 ADMIN=admin.properties sh deploy/kafka/acls.sh
#
# KAFKA: a broker. ADMIN: a file with the client settings of who may give rights; none for a broker in the clear. PREFIX: the
# services' TOPIC_PREFIX. BIN: the folder of Kafka's own tools, if they are not on the path. It only adds, so it may run again.
# Each service signs in as voronka-<service> (BROKER_URL=kafka://voronka-leads:password@host:9093), analysts' tools as
# voronka-bi with groups whose names begin with bi., and who operates as voronka-ops.
set -eu
: "\${KAFKA:?name a broker, host:port}"
PREFIX="\${PREFIX:-}"

allow() {
  principal="$1"
  shift
  "\${BIN:+$BIN/}kafka-acls.sh" --bootstrap-server "$KAFKA" \${ADMIN:+--command-config "$ADMIN"} \\
    --add --force --allow-principal "User:$principal" "$@"
}
${commands.join('\n')}
`;
}
