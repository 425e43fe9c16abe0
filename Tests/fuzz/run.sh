#!/usr/bin/env bash
# Fuzzes the parsers of foreign bytes with libFuzzer and AddressSanitizer; see --help.
set -euo pipefail
cd "$(dirname "$0")/../.."

usage() {
    cat <<'TEXT'
Tests/fuzz/run.sh [--control] [TARGET...]

Feeds each parser of foreign bytes with inputs that libFuzzer makes from seeds: samples/, the JSON corpus where it lies beside the checkout,
and seeds of the harness itself. A harness holds properties, such as "a file in pieces splits as the whole does", and AddressSanitizer watches
every byte. Without a TARGET all of them run, one after the other; `Tests/fuzz/run.sh --list` names them.

  SECONDS_EACH=60   how long each target runs
  FUZZ_SEED=1       libFuzzer's seed, to run the same again; 0 draws one
  --control         run two harnesses with a planted bug instead: the fuzzer must find both, else nothing it does not find means anything
  --no-build        take the program as it is

What it learns stays in .build-fuzz/corpus/ and is where the next run begins; what breaks a parser goes to .build-fuzz/crashes/.
Ends with 0 where everything held, 1 where something did not (with how to run it again), 2 where it could not run.
TEXT
}

build=true control=false targets=()
for argument in "$@"; do
    case $argument in
        --help | -h) usage; exit 0 ;;
        --list) list=true ;;
        --control) control=true ;;
        --no-build) build=false ;;
        -*) echo "run.sh: there is no option $argument; --help lists them" >&2; exit 2 ;;
        *) targets+=("$argument") ;;
    esac
done

folder=.build-fuzz
program=$folder/release/fuzz
if $build; then
    # What the sources say of files that no target of this package takes is meant so.
    swift build -c release --package-path Tests/fuzz --scratch-path $folder 2>&1 | grep -vE '^warning: .*unhandled|^    /' >&2 || exit 2
fi
if [[ ! -x $program ]]; then echo "run.sh: there is no $program; run without --no-build" >&2; exit 2; fi
if [[ ${list:-false} == true ]]; then exec $program; fi
known=$($program | cut -f 1)
if $control; then targets=(splitter order); fi
if [[ ${#targets[@]} == 0 ]]; then mapfile -t targets <<<"$known"; fi
for target in "${targets[@]}"; do
    grep -qx -- "$target" <<<"$known" || { echo "run.sh: there is no target $target; --list names them" >&2; exit 2; }
done

seconds=${SECONDS_EACH:-60}
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=0:allocator_may_return_null=1}
# A trap prints a trace that says less than libFuzzer does.
export SWIFT_BACKTRACE=enable=no

# Folders and files that a target may begin with, beside the harness's own seeds.
seeds_for() {
    case $1 in
        order | json | control | gateway | splitter) echo samples ../shared/data/json-corpus/test_parsing ;;
        products | csv) echo samples ;;
        configuration) echo etc/orderd.yaml ;;
    esac
}

status=0
printf '%-15s %12s %9s %7s %7s  %s\n' target executions per-second edges corpus outcome
for target in "${targets[@]}"; do
    corpus=$folder/corpus/$target
    $control && corpus=$(mktemp -d)
    crashes=$folder/crashes/$target
    seeds=$folder/seeds/$target
    rm -rf "$seeds"
    mkdir -p "$corpus" "$crashes" "$seeds"
    FUZZ_TARGET=$target FUZZ_SEEDS=$seeds $program
    # Large seeds would only make each input slow.
    read -ra places < <(seeds_for "$target") || true
    if [[ ${#places[@]} != 0 ]]; then find "${places[@]}" -maxdepth 1 -type f -size -17k -exec cp -t "$seeds" {} + 2>/dev/null || true; fi
    log=$folder/$target.log
    planted=()
    $control && planted=(FUZZ_PLANT=1)
    dictionary=()
    [[ -s $seeds.dict ]] && dictionary=(-dict="$seeds.dict")
    code=0
    env FUZZ_TARGET="$target" "${planted[@]}" $program "$corpus" "$seeds" "${dictionary[@]}" -max_total_time="$seconds" -max_len=4096 \
        -timeout=20 -rss_limit_mb=3000 -seed="${FUZZ_SEED:-1}" -use_value_profile=1 -print_final_stats=1 -artifact_prefix="$crashes/" \
        >"$log" 2>&1 || code=$?
    executions=$(sed -nE 's/^stat::number_of_executed_units: *//p' "$log" | tail -1)
    rate=$(sed -nE 's/^stat::average_exec_per_sec: *//p' "$log" | tail -1)
    edges=$(grep -aoE 'cov: [0-9]+' "$log" | tail -1 | cut -d ' ' -f 2 || true)
    size=$(grep -aoE 'corp: [0-9]+' "$log" | tail -1 | cut -d ' ' -f 2 || true)
    found=$(grep -aE 'Fatal error:|ERROR: AddressSanitizer:|ERROR: libFuzzer:' "$log" | head -1 | cut -c 1-300 || true)
    if $control; then
        rm -rf "$corpus"
        if [[ $code == 0 ]]; then outcome="NOT FOUND: the planted bug"; status=1; else outcome="found the planted bug"; fi
    elif [[ $code == 0 ]]; then
        outcome=holds
    else
        outcome="DOES NOT HOLD"
        status=1
    fi
    printf '%-15s %12s %9s %7s %7s  %s\n' "$target" "${executions:--}" "${rate:--}" "${edges:--}" "${size:--}" "$outcome"
    if [[ $code != 0 ]]; then
        artifact=$(sed -nE 's/.*Test unit written to //p' "$log" | tail -1)
        echo "    $found" >&2
        $control || echo "    again: FUZZ_TARGET=$target $program $artifact" >&2
    fi
done
exit $status
