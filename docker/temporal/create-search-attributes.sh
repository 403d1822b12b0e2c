#!/bin/sh
# The custom search attributes of every workflow. Safe to run again: what exists is left as it is.
set -eu
until temporal operator cluster health >/dev/null 2>&1; do sleep 1; done
until temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; do sleep 1; done
for name in VentrosTenantId VentrosContactId VentrosKind VentrosOutcome VentrosMediaKind; do
  temporal operator search-attribute list --namespace "$TEMPORAL_NAMESPACE" | grep -q "$name" \
    || temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" --name "$name" --type Keyword
done
