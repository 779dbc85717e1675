#!/bin/sh
# Brings a release in order: the databases' schemas and the topics first, then the programs, each by a rolling update.
#
#   sh k8s/release.sh k8s/overlays/production
#
# Ends with status 1 where a step does not come to its end. What ran before runs on then: a program of which no instance gets
# ready replaces none. NAMESPACE is voronka unless it is set.
set -eu
overlay="${1:?name an overlay, such as k8s/overlays/production}"
ours='app.kubernetes.io/part-of=voronka'
k() { kubectl --namespace "${NAMESPACE:-voronka}" "$@"; }

# A Job cannot be changed: those of the release before go.
k delete job --selector "$ours" --ignore-not-found
manifests="$(mktemp)"
trap 'rm -f "$manifests"' EXIT
kubectl kustomize "$overlay" >"$manifests"
# All but the programs, which run on as they are meanwhile.
k apply --filename "$manifests" --selector 'app.kubernetes.io/component!=server'
k wait job --selector "$ours" --for=condition=complete --timeout="${MIGRATION_TIMEOUT:-15m}"
k apply --filename "$manifests"
k rollout status deployment --selector "$ours" --timeout=10m
