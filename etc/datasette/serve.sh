#!/bin/sh
# Serves the views of a ledger: etc/datasette/serve.sh LEDGER [OPTIONS OF DATASETTE...]. See docs/sql.md.
set -eu
here=$(dirname "$0")
ledger=${1:?usage: serve.sh LEDGER [OPTIONS OF DATASETTE...]}
shift
exec "${DATASETTE:-datasette}" serve "$ledger" --host 127.0.0.1 --port 8001 \
    --metadata "$here/metadata.yaml" --plugins-dir "$here/plugins" \
    --setting default_allow_sql off --setting allow_download off --setting suggest_facets off \
    --setting sql_time_limit_ms 5000 --setting facet_time_limit_ms 2000 --setting max_returned_rows 2000 "$@"
