#!/bin/sh
# Made by npm run generate of what each service writes and reads: let nobody do more with Kafka than he has to.
#
#   KAFKA=host:9093 ADMIN=admin.properties sh deploy/kafka/acls.sh
#
# KAFKA: a broker. ADMIN: a file with the client settings of who may give rights; none for a broker in the clear. PREFIX: the
# services' TOPIC_PREFIX. BIN: the folder of Kafka's own tools, if they are not on the path. It only adds, so it may run again.
# Each service signs in as voronka-<service> (BROKER_URL=kafka://voronka-leads:password@host:9093), analysts' tools as
# voronka-bi with groups whose names begin with bi., and who operates as voronka-ops.
set -eu
: "${KAFKA:?name a broker, host:port}"
PREFIX="${PREFIX:-}"

allow() {
  principal="$1"
  shift
  "${BIN:+$BIN/}kafka-acls.sh" --bootstrap-server "$KAFKA" ${ADMIN:+--command-config "$ADMIN"} \
    --add --force --allow-principal "User:$principal" "$@"
}

# accounts
allow voronka-accounts \
  --operation Write \
  --operation Describe \
  --operation DescribeConfigs \
  --operation Create \
  --topic "${PREFIX}crm.account-conversion.events" \
  --topic "${PREFIX}crm.account-conversion.state" \
  --topic "${PREFIX}crm.account-handover.events" \
  --topic "${PREFIX}crm.account-handover.state" \
  --topic "${PREFIX}crm.audit.entries" \
  --topic "${PREFIX}crm.company.events" \
  --topic "${PREFIX}crm.company.state" \
  --topic "${PREFIX}crm.contact.events" \
  --topic "${PREFIX}crm.contact.state"
allow voronka-accounts \
  --operation Read \
  --topic "${PREFIX}crm.account-conversion.events" \
  --topic "${PREFIX}crm.account-handover.events" \
  --topic "${PREFIX}crm.company.events" \
  --topic "${PREFIX}crm.contact.events"
allow voronka-accounts \
  --operation Read \
  --operation Describe \
  --topic "${PREFIX}crm.bulk-read.events" \
  --topic "${PREFIX}crm.conversion.events" \
  --topic "${PREFIX}crm.cover.events" \
  --topic "${PREFIX}crm.offboarding.events" \
  --topic "${PREFIX}crm.role.events" \
  --topic "${PREFIX}crm.session.events" \
  --topic "${PREFIX}crm.team.events" \
  --topic "${PREFIX}crm.user.events"
allow voronka-accounts \
  --operation Write \
  --operation Read \
  --operation Describe \
  --operation Create \
  --topic "${PREFIX}crm.bulk-read.events.accounts.dlq" \
  --topic "${PREFIX}crm.conversion.events.accounts.dlq" \
  --topic "${PREFIX}crm.cover.events.accounts.dlq" \
  --topic "${PREFIX}crm.offboarding.events.accounts.dlq" \
  --topic "${PREFIX}crm.role.events.accounts.dlq" \
  --topic "${PREFIX}crm.session.events.accounts.dlq" \
  --topic "${PREFIX}crm.team.events.accounts.dlq" \
  --topic "${PREFIX}crm.user.events.accounts.dlq"
allow voronka-accounts \
  --operation Read \
  --operation Describe \
  --group "${PREFIX}accounts" \
  --group "${PREFIX}accounts.state"
allow voronka-accounts \
  --operation Read \
  --operation Describe \
  --operation Delete \
  --resource-pattern-type prefixed \
  --group "${PREFIX}accounts.rebuild."

# analytics
allow voronka-analytics \
  --operation Write \
  --operation Describe \
  --operation DescribeConfigs \
  --operation Create \
  --topic "${PREFIX}crm.audit.entries" \
  --topic "${PREFIX}crm.deal-stage.facts"
allow voronka-analytics \
  --operation Read \
  --operation Describe \
  --topic "${PREFIX}crm.bulk-read.events" \
  --topic "${PREFIX}crm.cover.events" \
  --topic "${PREFIX}crm.deal.events" \
  --topic "${PREFIX}crm.lead.events" \
  --topic "${PREFIX}crm.pipeline.events" \
  --topic "${PREFIX}crm.role.events" \
  --topic "${PREFIX}crm.session.events" \
  --topic "${PREFIX}crm.team.events" \
  --topic "${PREFIX}crm.user.events"
allow voronka-analytics \
  --operation Write \
  --operation Read \
  --operation Describe \
  --operation Create \
  --topic "${PREFIX}crm.bulk-read.events.analytics.dlq" \
  --topic "${PREFIX}crm.cover.events.analytics.dlq" \
  --topic "${PREFIX}crm.deal.events.analytics.dlq" \
  --topic "${PREFIX}crm.lead.events.analytics.dlq" \
  --topic "${PREFIX}crm.pipeline.events.analytics.dlq" \
  --topic "${PREFIX}crm.role.events.analytics.dlq" \
  --topic "${PREFIX}crm.session.events.analytics.dlq" \
  --topic "${PREFIX}crm.team.events.analytics.dlq" \
  --topic "${PREFIX}crm.user.events.analytics.dlq"
allow voronka-analytics \
  --operation Read \
  --operation Describe \
  --group "${PREFIX}analytics" \
  --group "${PREFIX}analytics.state"
allow voronka-analytics \
  --operation Read \
  --operation Describe \
  --operation Delete \
  --resource-pattern-type prefixed \
  --group "${PREFIX}analytics.rebuild."

# deals
allow voronka-deals \
  --operation Write \
  --operation Describe \
  --operation DescribeConfigs \
  --operation Create \
  --topic "${PREFIX}crm.audit.entries" \
  --topic "${PREFIX}crm.deal-conversion.events" \
  --topic "${PREFIX}crm.deal-conversion.state" \
  --topic "${PREFIX}crm.deal-handover.events" \
  --topic "${PREFIX}crm.deal-handover.state" \
  --topic "${PREFIX}crm.deal.events" \
  --topic "${PREFIX}crm.deal.state" \
  --topic "${PREFIX}crm.pipeline.events" \
  --topic "${PREFIX}crm.pipeline.state" \
  --topic "${PREFIX}crm.product.events" \
  --topic "${PREFIX}crm.product.state"
allow voronka-deals \
  --operation Read \
  --topic "${PREFIX}crm.deal-conversion.events" \
  --topic "${PREFIX}crm.deal-handover.events" \
  --topic "${PREFIX}crm.deal.events" \
  --topic "${PREFIX}crm.pipeline.events" \
  --topic "${PREFIX}crm.product.events"
allow voronka-deals \
  --operation Read \
  --operation Describe \
  --topic "${PREFIX}crm.bulk-read.events" \
  --topic "${PREFIX}crm.company.events" \
  --topic "${PREFIX}crm.contact.events" \
  --topic "${PREFIX}crm.conversion.events" \
  --topic "${PREFIX}crm.cover.events" \
  --topic "${PREFIX}crm.lead.events" \
  --topic "${PREFIX}crm.offboarding.events" \
  --topic "${PREFIX}crm.role.events" \
  --topic "${PREFIX}crm.session.events" \
  --topic "${PREFIX}crm.team.events" \
  --topic "${PREFIX}crm.user.events"
allow voronka-deals \
  --operation Write \
  --operation Read \
  --operation Describe \
  --operation Create \
  --topic "${PREFIX}crm.bulk-read.events.deals.dlq" \
  --topic "${PREFIX}crm.company.events.deals.dlq" \
  --topic "${PREFIX}crm.contact.events.deals.dlq" \
  --topic "${PREFIX}crm.conversion.events.deals.dlq" \
  --topic "${PREFIX}crm.cover.events.deals.dlq" \
  --topic "${PREFIX}crm.lead.events.deals.dlq" \
  --topic "${PREFIX}crm.offboarding.events.deals.dlq" \
  --topic "${PREFIX}crm.role.events.deals.dlq" \
  --topic "${PREFIX}crm.session.events.deals.dlq" \
  --topic "${PREFIX}crm.team.events.deals.dlq" \
  --topic "${PREFIX}crm.user.events.deals.dlq"
allow voronka-deals \
  --operation Read \
  --operation Describe \
  --group "${PREFIX}deals" \
  --group "${PREFIX}deals.state"
allow voronka-deals \
  --operation Read \
  --operation Describe \
  --operation Delete \
  --resource-pattern-type prefixed \
  --group "${PREFIX}deals.rebuild."

# identity
allow voronka-identity \
  --operation Write \
  --operation Describe \
  --operation DescribeConfigs \
  --operation Create \
  --topic "${PREFIX}crm.api-key.events" \
  --topic "${PREFIX}crm.api-key.state" \
  --topic "${PREFIX}crm.audit.entries" \
  --topic "${PREFIX}crm.bulk-read.events" \
  --topic "${PREFIX}crm.bulk-read.state" \
  --topic "${PREFIX}crm.cover.events" \
  --topic "${PREFIX}crm.cover.state" \
  --topic "${PREFIX}crm.offboarding.events" \
  --topic "${PREFIX}crm.offboarding.state" \
  --topic "${PREFIX}crm.role.events" \
  --topic "${PREFIX}crm.role.state" \
  --topic "${PREFIX}crm.session.events" \
  --topic "${PREFIX}crm.session.state" \
  --topic "${PREFIX}crm.team.events" \
  --topic "${PREFIX}crm.team.state" \
  --topic "${PREFIX}crm.user.events" \
  --topic "${PREFIX}crm.user.state"
allow voronka-identity \
  --operation Read \
  --topic "${PREFIX}crm.api-key.events" \
  --topic "${PREFIX}crm.bulk-read.events" \
  --topic "${PREFIX}crm.cover.events" \
  --topic "${PREFIX}crm.offboarding.events" \
  --topic "${PREFIX}crm.role.events" \
  --topic "${PREFIX}crm.session.events" \
  --topic "${PREFIX}crm.team.events" \
  --topic "${PREFIX}crm.user.events"
allow voronka-identity \
  --operation Read \
  --operation Describe \
  --topic "${PREFIX}crm.account-handover.events" \
  --topic "${PREFIX}crm.activity-handover.events" \
  --topic "${PREFIX}crm.api-key.events" \
  --topic "${PREFIX}crm.audit.entries" \
  --topic "${PREFIX}crm.bulk-read.events" \
  --topic "${PREFIX}crm.cover.events" \
  --topic "${PREFIX}crm.deal-handover.events" \
  --topic "${PREFIX}crm.lead-handover.events" \
  --topic "${PREFIX}crm.pipeline.events" \
  --topic "${PREFIX}crm.role.events" \
  --topic "${PREFIX}crm.session.events" \
  --topic "${PREFIX}crm.team.events" \
  --topic "${PREFIX}crm.user.events"
allow voronka-identity \
  --operation Write \
  --operation Read \
  --operation Describe \
  --operation Create \
  --topic "${PREFIX}crm.account-handover.events.identity.dlq" \
  --topic "${PREFIX}crm.activity-handover.events.identity.dlq" \
  --topic "${PREFIX}crm.api-key.events.identity.dlq" \
  --topic "${PREFIX}crm.audit.entries.identity.dlq" \
  --topic "${PREFIX}crm.bulk-read.events.identity.dlq" \
  --topic "${PREFIX}crm.cover.events.identity.dlq" \
  --topic "${PREFIX}crm.deal-handover.events.identity.dlq" \
  --topic "${PREFIX}crm.lead-handover.events.identity.dlq" \
  --topic "${PREFIX}crm.pipeline.events.identity.dlq" \
  --topic "${PREFIX}crm.role.events.identity.dlq" \
  --topic "${PREFIX}crm.session.events.identity.dlq" \
  --topic "${PREFIX}crm.team.events.identity.dlq" \
  --topic "${PREFIX}crm.user.events.identity.dlq"
allow voronka-identity \
  --operation Read \
  --operation Describe \
  --group "${PREFIX}identity" \
  --group "${PREFIX}identity.state"
allow voronka-identity \
  --operation Read \
  --operation Describe \
  --operation Delete \
  --resource-pattern-type prefixed \
  --group "${PREFIX}identity.rebuild."

# leads
allow voronka-leads \
  --operation Write \
  --operation Describe \
  --operation DescribeConfigs \
  --operation Create \
  --topic "${PREFIX}crm.audit.entries" \
  --topic "${PREFIX}crm.conversion.events" \
  --topic "${PREFIX}crm.conversion.state" \
  --topic "${PREFIX}crm.lead-handover.events" \
  --topic "${PREFIX}crm.lead-handover.state" \
  --topic "${PREFIX}crm.lead.events" \
  --topic "${PREFIX}crm.lead.state"
allow voronka-leads \
  --operation Read \
  --topic "${PREFIX}crm.conversion.events" \
  --topic "${PREFIX}crm.lead-handover.events" \
  --topic "${PREFIX}crm.lead.events"
allow voronka-leads \
  --operation Read \
  --operation Describe \
  --topic "${PREFIX}crm.account-conversion.events" \
  --topic "${PREFIX}crm.bulk-read.events" \
  --topic "${PREFIX}crm.cover.events" \
  --topic "${PREFIX}crm.deal-conversion.events" \
  --topic "${PREFIX}crm.offboarding.events" \
  --topic "${PREFIX}crm.product.events" \
  --topic "${PREFIX}crm.role.events" \
  --topic "${PREFIX}crm.session.events" \
  --topic "${PREFIX}crm.team.events" \
  --topic "${PREFIX}crm.user.events"
allow voronka-leads \
  --operation Write \
  --operation Read \
  --operation Describe \
  --operation Create \
  --topic "${PREFIX}crm.account-conversion.events.leads.dlq" \
  --topic "${PREFIX}crm.bulk-read.events.leads.dlq" \
  --topic "${PREFIX}crm.cover.events.leads.dlq" \
  --topic "${PREFIX}crm.deal-conversion.events.leads.dlq" \
  --topic "${PREFIX}crm.offboarding.events.leads.dlq" \
  --topic "${PREFIX}crm.product.events.leads.dlq" \
  --topic "${PREFIX}crm.role.events.leads.dlq" \
  --topic "${PREFIX}crm.session.events.leads.dlq" \
  --topic "${PREFIX}crm.team.events.leads.dlq" \
  --topic "${PREFIX}crm.user.events.leads.dlq"
allow voronka-leads \
  --operation Read \
  --operation Describe \
  --group "${PREFIX}leads" \
  --group "${PREFIX}leads.state"
allow voronka-leads \
  --operation Read \
  --operation Describe \
  --operation Delete \
  --resource-pattern-type prefixed \
  --group "${PREFIX}leads.rebuild."

# tasks
allow voronka-tasks \
  --operation Write \
  --operation Describe \
  --operation DescribeConfigs \
  --operation Create \
  --topic "${PREFIX}crm.activity-handover.events" \
  --topic "${PREFIX}crm.activity-handover.state" \
  --topic "${PREFIX}crm.activity.events" \
  --topic "${PREFIX}crm.activity.state" \
  --topic "${PREFIX}crm.audit.entries"
allow voronka-tasks \
  --operation Read \
  --topic "${PREFIX}crm.activity-handover.events" \
  --topic "${PREFIX}crm.activity.events"
allow voronka-tasks \
  --operation Read \
  --operation Describe \
  --topic "${PREFIX}crm.account-handover.events" \
  --topic "${PREFIX}crm.bulk-read.events" \
  --topic "${PREFIX}crm.company.events" \
  --topic "${PREFIX}crm.contact.events" \
  --topic "${PREFIX}crm.conversion.events" \
  --topic "${PREFIX}crm.cover.events" \
  --topic "${PREFIX}crm.deal-handover.events" \
  --topic "${PREFIX}crm.deal.events" \
  --topic "${PREFIX}crm.lead-handover.events" \
  --topic "${PREFIX}crm.lead.events" \
  --topic "${PREFIX}crm.offboarding.events" \
  --topic "${PREFIX}crm.role.events" \
  --topic "${PREFIX}crm.session.events" \
  --topic "${PREFIX}crm.team.events" \
  --topic "${PREFIX}crm.user.events"
allow voronka-tasks \
  --operation Write \
  --operation Read \
  --operation Describe \
  --operation Create \
  --topic "${PREFIX}crm.account-handover.events.tasks.dlq" \
  --topic "${PREFIX}crm.bulk-read.events.tasks.dlq" \
  --topic "${PREFIX}crm.company.events.tasks.dlq" \
  --topic "${PREFIX}crm.contact.events.tasks.dlq" \
  --topic "${PREFIX}crm.conversion.events.tasks.dlq" \
  --topic "${PREFIX}crm.cover.events.tasks.dlq" \
  --topic "${PREFIX}crm.deal-handover.events.tasks.dlq" \
  --topic "${PREFIX}crm.deal.events.tasks.dlq" \
  --topic "${PREFIX}crm.lead-handover.events.tasks.dlq" \
  --topic "${PREFIX}crm.lead.events.tasks.dlq" \
  --topic "${PREFIX}crm.offboarding.events.tasks.dlq" \
  --topic "${PREFIX}crm.role.events.tasks.dlq" \
  --topic "${PREFIX}crm.session.events.tasks.dlq" \
  --topic "${PREFIX}crm.team.events.tasks.dlq" \
  --topic "${PREFIX}crm.user.events.tasks.dlq"
allow voronka-tasks \
  --operation Read \
  --operation Describe \
  --group "${PREFIX}tasks" \
  --group "${PREFIX}tasks.state"
allow voronka-tasks \
  --operation Read \
  --operation Describe \
  --operation Delete \
  --resource-pattern-type prefixed \
  --group "${PREFIX}tasks.rebuild."

# Analysts: what happened in sales, and how things are. Not who signs in, may do what, or looked at what.
allow voronka-bi \
  --operation Read \
  --operation Describe \
  --topic "${PREFIX}crm.account-conversion.events" \
  --topic "${PREFIX}crm.account-conversion.state" \
  --topic "${PREFIX}crm.account-handover.events" \
  --topic "${PREFIX}crm.account-handover.state" \
  --topic "${PREFIX}crm.activity-handover.events" \
  --topic "${PREFIX}crm.activity-handover.state" \
  --topic "${PREFIX}crm.activity.events" \
  --topic "${PREFIX}crm.activity.state" \
  --topic "${PREFIX}crm.company.events" \
  --topic "${PREFIX}crm.company.state" \
  --topic "${PREFIX}crm.contact.events" \
  --topic "${PREFIX}crm.contact.state" \
  --topic "${PREFIX}crm.conversion.events" \
  --topic "${PREFIX}crm.conversion.state" \
  --topic "${PREFIX}crm.cover.events" \
  --topic "${PREFIX}crm.cover.state" \
  --topic "${PREFIX}crm.deal-conversion.events" \
  --topic "${PREFIX}crm.deal-conversion.state" \
  --topic "${PREFIX}crm.deal-handover.events" \
  --topic "${PREFIX}crm.deal-handover.state" \
  --topic "${PREFIX}crm.deal-stage.facts" \
  --topic "${PREFIX}crm.deal.events" \
  --topic "${PREFIX}crm.deal.state" \
  --topic "${PREFIX}crm.lead-handover.events" \
  --topic "${PREFIX}crm.lead-handover.state" \
  --topic "${PREFIX}crm.lead.events" \
  --topic "${PREFIX}crm.lead.state" \
  --topic "${PREFIX}crm.pipeline.events" \
  --topic "${PREFIX}crm.pipeline.state" \
  --topic "${PREFIX}crm.product.events" \
  --topic "${PREFIX}crm.product.state" \
  --topic "${PREFIX}crm.team.events" \
  --topic "${PREFIX}crm.team.state" \
  --topic "${PREFIX}crm.user.events" \
  --topic "${PREFIX}crm.user.state"
allow voronka-bi \
  --operation Read \
  --operation Describe \
  --resource-pattern-type prefixed \
  --group "${PREFIX}bi."

# Operators: npm run ops.
allow voronka-ops \
  --operation All \
  --resource-pattern-type prefixed \
  --topic "${PREFIX}crm."
allow voronka-ops \
  --operation Read \
  --operation Describe \
  --operation Delete \
  --group '*'
