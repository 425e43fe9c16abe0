#!/usr/bin/env bash
# Shows orderd at work in a fresh spool: drops sample orders as a partner would, and prints receipts, statuses, a hold, metrics and where all of it lies.
set -euo pipefail

usage() {
    cat << 'TEXT'
usage: scripts/demo.sh [DIR]

Makes a spool in DIR (default: demo-spool in the repository), starts orderd on it, drops the orders of samples/ and shows what comes of them.
DIR must be empty or not there; what an earlier demo left in demo-spool is removed.
TEXT
}
case "${1:-}" in
    -h | --help) usage; exit 0 ;;
    -*) usage >&2; exit 64 ;;
esac

invoked_in=$PWD
cd "$(dirname "$0")/.."
marker=.made-by-demo
spool=${1:-demo-spool}
[[ -z "${1:-}" || "$spool" == /* ]] || spool=$invoked_in/$spool
if [[ -z "${1:-}" && -e "$spool/$marker" ]]; then rm -rf "$spool"; fi
if [[ -e "$spool" && -n "$(ls -A "$spool" 2> /dev/null || echo file)" ]]; then
    echo "demo: $spool is there and not empty, and no demo made it; give another directory" >&2
    exit 1
fi

# A release build is used where it is newer than every source.
if [[ -x .build/release/orderd && -z "$(find Sources Package.swift -newer .build/release/orderd -type f -print -quit)" ]]; then
    orderd=.build/release/orderd
else
    echo "Building (the first time this takes some minutes) ..."
    swift build --product orderd
    orderd=$(swift build --show-bin-path)/orderd
fi

# The payment gateway of this demo takes a moment to answer, so that an order can be seen on its way.
for name in $(compgen -e ORDERD_ || true); do unset "$name"; done
export ORDERD_PAYMENT_GATEWAY=simulated ORDERD_PAYMENT_SIMULATED_DELAY=700ms ORDERD_PAYMENT_CONCURRENCY=512
export ORDERD_PUBLISH_METRICS_INTERVAL=500ms ORDERD_INTAKE_RESUME_DEADLINE=3s ORDERD_INTAKE_RESCAN=1s

acme=$spool/partners/acme
log=$spool/orderd.log
daemon=
stop_daemon() {
    [[ -z "$daemon" ]] || kill -TERM "$daemon" 2> /dev/null || true
}
trap stop_daemon EXIT

headline() { printf '\n\033[1m== %s\033[0m\n' "$*"; }
shown() { printf '$ %s\n' "$*"; "$@"; }
verb() { printf '$ orderd %s\n' "$*"; "$orderd" "$@" --spool "$spool"; }

# drop SAMPLE [NAME]: as a careful client uploads: under a temporary name, then renamed.
drop() {
    local name=${2:-$1}
    cp "samples/$1" "$acme/orders/.$name.part"
    mv "$acme/orders/.$name.part" "$acme/orders/$name"
    echo "dropped $name"
}

# until_true SECONDS WHAT COMMAND...: waits for the command to succeed.
until_true() {
    local deadline=$((SECONDS + $1)) what=$2
    shift 2
    until "$@" > /dev/null 2>&1; do
        if ! kill -0 "$daemon" 2> /dev/null; then echo "demo: orderd has stopped while waiting for $what; its log: $log" >&2; exit 1; fi
        if (( SECONDS > deadline )); then echo "demo: no $what within the time; the log: $log" >&2; exit 1; fi
        sleep 0.05
    done
}
receipt() { echo "$acme/receipts/orders/$1.receipt.json"; }
show_receipt() { until_true 60 "receipt for $1" test -e "$(receipt "$1")"; printf '$ cat %s\n' "$(receipt "$1")"; pretty "$(receipt "$1")"; }
pretty() { python3 -m json.tool --no-ensure-ascii "$1"; }
field() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1])).get(sys.argv[2]))' "$1" "$2"; }
order_in() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["orders"][0]["orderId"])' "$(receipt "$1")"; }
has_status() { [[ "$(field "$acme/status/$1.json" status)" == "$2" ]]; }
is_duplicate() { [[ "$(field "$(receipt "$1")" verdict)" == duplicate ]]; }

# follow ORDER: prints each state of its status file until it rests.
follow() {
    local file=$acme/status/$1.json last='' now
    until_true 60 "status of $1" test -e "$file"
    while :; do
        now="$(field "$file" status) ($(field "$file" stage))"
        [[ "$now" == "$last" ]] || echo "  $now"
        last=$now
        case "$now" in COMPLETED* | REJECTED* | FAILED* | CANCELLED* | ON_HOLD*) break ;; esac
        until_true 60 "next status of $1" differs "$file" "$last"
    done
}
differs() { [[ "$(field "$1" status) ($(field "$1" stage))" != "$2" ]]; }

headline "A fresh spool, with a partner, a catalogue and stock"
printf '$ orderd init %s\n' "$spool"
"$orderd" init "$spool" || { rm -rf "$spool"; exit 1; }
touch "$spool/$marker"
echo '*' > "$spool/.gitignore"
verb partner add acme
verb catalogue load samples/catalogue.csv
verb stock load samples/stock.csv

headline "The daemon"
printf '$ orderd run --spool %s &\n' "$spool"
"$orderd" run --spool "$spool" > "$log" 2>&1 &
daemon=$!
until_true 30 "running daemon" test -S "$spool/state/control"
echo "runs as process $daemon, logs to $log"

headline "One order: drop it, read its receipt, watch its status"
drop smallest.json
show_receipt smallest.json
smallest=$(order_in smallest.json)
echo "$acme/status/$smallest.json:"
follow "$smallest"

headline "The same file again: a duplicate that names the first order, and nothing is charged twice"
drop smallest.json
until_true 30 "receipt of the duplicate" is_duplicate smallest.json
pretty "$(receipt smallest.json)"

headline "Several orders to a file, good and bad"
drop array.json
drop several.ndjson
show_receipt several.ndjson

headline "A file that is wrong in many ways: every fault is named"
drop bad.json
show_receipt bad.json

headline "An upload that broke off: written in place, never finished, so it waits for its sender and is then refused"
cp samples/cut-off.json "$acme/orders/cut-off.json"
echo "dropped cut-off.json"
show_receipt cut-off.json

headline "Holding an order with mv"
verb pause --step charge
drop full.json
until_true 60 "receipt for full.json" test -e "$(receipt full.json)"
full=$(order_in full.json)
until_true 60 "order before its charge" test -e "$spool/queue/3-charge/$full.json"
shown mv "$spool/queue/3-charge/$full.json" "$spool/queue/hold/"
until_true 30 "status ON_HOLD" has_status "$full" ON_HOLD
verb why "$full"
shown mv "$spool/queue/hold/$full.json" "$spool/queue/3-charge/"
verb resume --step charge
until_true 60 "completed order" has_status "$full" COMPLETED
echo "the status of $full is COMPLETED"

headline "500 real orders in one file"
drop online-retail-500.ndjson
until_true 300 "receipt for online-retail-500.ndjson" test -e "$(receipt online-retail-500.ndjson)"
echo "verdict: $(field "$(receipt online-retail-500.ndjson)" verdict)"
moving() { for status in PENDING PROCESSING; do "$orderd" list --status "$status" --json --spool "$spool"; done; }
settled() { [[ -z "$(moving)" ]]; }
until_true 300 "end of all orders" settled
verb queue
verb list --status ON_HOLD

headline "Metrics"
printf '$ grep -v "^#" %s | head -20\n' "$spool/metrics/orderd.prom"
until_true 30 "metrics" test -e "$spool/metrics/orderd.prom"
grep -v '^#' "$spool/metrics/orderd.prom" | head -20 || true

headline "Does it all add up?"
verb check

headline "Stop"
kill -TERM "$daemon"
code=0
wait "$daemon" || code=$?
daemon=
echo "orderd ended with exit code $code"

headline "Where everything lies"
cat << TEXT
  the partner's side   $acme: orders/ (drop here), receipts/orders/, status/
  the warehouse's      $spool/partners/warehouse/pick/
  orders held          $spool/queue/hold/ (the order, and why)
  orders done          $spool/done/
  every event          $spool/journal/
  the ledger           $spool/state/ledger.sqlite
  the log              $log

Go on by yourself:     $orderd run --spool $spool
and, beside it:        cp samples/full.json $acme/orders/again.json; $orderd list --spool $spool
TEXT
exit "$code"
