#!/bin/sh
# Our namespace: how long it keeps histories, and what the helpdesk's lists can be searched by.
# The address and the namespace come from TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE.
set -eu

attempts=30
until temporal operator cluster health >/dev/null 2>&1; do
    attempts=$((attempts - 1))
    if [ "$attempts" -eq 0 ]; then
        echo "no healthy Temporal server at $TEMPORAL_ADDRESS" >&2
        exit 1
    fi
    sleep 2
done

# A namespace that has just been made is not known to every part of the server for some seconds.
patiently() {
    tries=15
    until "$@"; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || return 1
        sleep 2
    done
}

if ! temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
    temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
fi
patiently temporal operator namespace update --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"

known=$(patiently temporal operator search-attribute list)
for attribute in $SEARCH_ATTRIBUTES; do
    name=${attribute%%=*}
    if ! printf '%s\n' "$known" | grep -q "^ *$name "; then
        patiently temporal operator search-attribute create --name "$name" --type "${attribute#*=}"
    fi
done
echo "namespace $TEMPORAL_NAMESPACE is ready"
