#!/bin/sh
# Make the role that Grafana reads the roster with, once the node has made the view that it may read.
set -eu
here=$(dirname "$0")
waited=0
until [ "$(psql --no-psqlrc --tuples-only --no-align --command "SELECT to_regclass('on_shift_turns')")" = on_shift_turns ]; do
    if [ "$waited" -ge "${WAIT_S:-600}" ]; then
        echo "roster-reader: the view on_shift_turns is not there after $waited s: start the node, then this again" >&2
        exit 1
    fi
    sleep 5
    waited=$((waited + 5))
done
psql --no-psqlrc --quiet --file "$here/roster_reader.sql"
echo "roster-reader: outfall_grafana may read on_shift_turns"
