#!/usr/bin/env bash
# What each service may do at Kafka, as a principal of its own (User:tallypost-intake and so on). Run it with Kafka's bin/ on
# the PATH, as often as you like. docs/deployment.md says what was tried with these rights.
#
#   BROKERS=kafka-1:9093 ADMIN_PROPERTIES=admin.properties infra/kafka/acls.sh
#
# With another `tallypost.audit.group`, that group instead of `audit-service`.
set -euo pipefail
: "${BROKERS:?host:port of a broker}" "${ADMIN_PROPERTIES:?a client configuration that may alter ACLs}"

acls() { kafka-acls.sh --bootstrap-server "$BROKERS" --command-config "$ADMIN_PROPERTIES" --add --force "$@"; }
for user in intake quota worker audit; do
  for prefix in mail. config. relay.; do
    acls --allow-principal "User:tallypost-$user" --operation Describe --operation Create --topic "$prefix" --resource-pattern-type prefixed
  done
  acls --allow-principal "User:tallypost-$user" --operation DescribeConfigs --cluster
done
# Every service checks keys; relays, with their sealed passwords, are for those who make them and those who log in.
for user in quota worker audit; do
  acls --allow-principal "User:tallypost-$user" --operation Read --topic config.tenants.v1 --topic config.api-keys.v1
done
acls --allow-principal User:tallypost-intake --operation Read --operation Write --topic config. --resource-pattern-type prefixed
acls --allow-principal User:tallypost-intake --operation Read --topic mail.decisions.v1 --topic relay.test-results.v1
acls --allow-principal User:tallypost-intake --operation Write --topic mail.requests.v1 --topic mail.operations.v1 --topic relay.tests.v1
acls --allow-principal User:tallypost-quota --operation Read --topic mail.requests.v1 --group quota-service
acls --allow-principal User:tallypost-quota --operation Write --topic mail.decisions.v1 --topic mail.dead-letter.v1 --topic mail.operations.v1
acls --allow-principal User:tallypost-quota --operation Write --topic mail.approved. --resource-pattern-type prefixed
acls --allow-principal User:tallypost-quota --operation Write --operation Describe --transactional-id quota- --resource-pattern-type prefixed
acls --allow-principal User:tallypost-worker --operation Read --topic config.relays.v1
acls --allow-principal User:tallypost-worker --operation Read --group delivery- --resource-pattern-type prefixed
acls --allow-principal User:tallypost-worker --operation Read --operation Write --topic mail.approved. --topic mail.retry. --resource-pattern-type prefixed
acls --allow-principal User:tallypost-worker --operation Read --topic relay.tests.v1
acls --allow-principal User:tallypost-worker --operation Write --topic mail.outcomes.v1 --topic mail.dead-letter.v1 --topic mail.operations.v1 --topic relay.test-results.v1
acls --allow-principal User:tallypost-worker --operation Write --operation Describe --transactional-id delivery-retry- --resource-pattern-type prefixed
acls --allow-principal User:tallypost-audit --operation Read --operation Write --topic mail. --resource-pattern-type prefixed
acls --allow-principal User:tallypost-audit --operation Read --group replay- --resource-pattern-type prefixed
acls --allow-principal User:tallypost-audit --operation Read --operation Delete --group audit-service
acls --allow-principal User:tallypost-audit --operation Delete --group replay- --resource-pattern-type prefixed
acls --allow-principal User:tallypost-audit --operation Describe --group '*'
for prefix in replay- redrive- discard-; do
  acls --allow-principal User:tallypost-audit --operation Write --operation Describe --transactional-id "$prefix" --resource-pattern-type prefixed
done
