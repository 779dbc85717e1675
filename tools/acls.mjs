/** Nouns that analysts have no business with: who signs in, by what, may do what, and who looked at what. */
const KEPT_FROM_ANALYSTS = ['session', 'api-key', 'role', 'audit', 'bulk-read', 'offboarding'];

const nounOf = (topic) => topic.split('.')[1];
const command = (principal, operations, ...resources) =>
  [`allow ${principal}`, ...operations.map((operation) => `--operation ${operation}`), ...resources].join(' \\\n  ');
const named = (topics, after = '') => topics.map((topic) => `--topic "\${PREFIX}${topic}${after}"`);
const groups = (name, ...others) => [name, ...others].map((group) => `--group "\${PREFIX}${group}"`);

/**
 * The shell script that lets each service, and who analyses, do with the topics of a Kafka with an authorizer what they
 * have to, and nothing else. `services` are what their command `topics` tells.
 */
export function aclScript(services) {
  const analysed = [...new Set(services.flatMap(({ writes }) => writes))]
    .filter((topic) => !KEPT_FROM_ANALYSTS.includes(nounOf(topic)))
    .sort();
  const ofServices = services.flatMap(({ service, writes, reads }) => {
    const name = `voronka-${service}`;
    const on = (operations, topics, after) =>
      topics.length > 0 ? [command(name, operations, ...named(topics, after))] : [];
    return [
      `\n# ${service}`,
      ...on(['Write', 'Describe', 'DescribeConfigs', 'Create'], writes),
      // It makes the states of its own events.
      ...on(
        ['Read'],
        writes.filter((topic) => topic.endsWith('.events')),
      ),
      ...on(['Read', 'Describe'], reads),
      ...on(['Write', 'Read', 'Describe', 'Create'], reads, `.${service}.dlq`),
      command(name, ['Read', 'Describe'], ...groups(service, `${service}.state`)),
      command(
        name,
        ['Read', 'Describe', 'Delete'],
        '--resource-pattern-type prefixed',
        ...groups(`${service}.rebuild.`),
      ),
    ];
  });
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
${ofServices.join('\n')}

# Analysts: what happened in sales, and how things are. Not who signs in, may do what, or looked at what.
${command('voronka-bi', ['Read', 'Describe'], ...named(analysed))}
${command('voronka-bi', ['Read', 'Describe'], '--resource-pattern-type prefixed', ...groups('bi.'))}

# Operators: npm run ops.
${command('voronka-ops', ['All'], '--resource-pattern-type prefixed', '--topic "${PREFIX}crm."')}
${command('voronka-ops', ['Read', 'Describe', 'Delete'], "--group '*'")}
`;
}
