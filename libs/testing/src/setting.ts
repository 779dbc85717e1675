const how: Record<string, string> = {
  TEST_DATABASE_URL: 'a PostgreSQL server on which tests may make databases',
  TEST_KAFKA_BROKERS: 'a Kafka broker such as 127.0.0.1:9092',
};

/** A setting that the test run makes (test/global-setup.mjs). Throws where it is missing: no suite is skipped for want of a server. */
export function setting(name: 'TEST_DATABASE_URL' | 'TEST_KAFKA_BROKERS'): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: it names ${how[name]}, and \`npm test\` starts one by itself.`);
  return value;
}
