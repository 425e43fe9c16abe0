#!/usr/bin/env bash
# Runs the suite under a sanitizer; see --help.
set -euo pipefail
cd "$(dirname "$0")/../.."

case ${1:-} in
    thread | address) kind=$1; shift ;;
    --help | -h)
        cat <<'TEXT'
Tests/sanitizers/run.sh thread|address [OPTION OF swift test...]

Builds the tests under ThreadSanitizer or AddressSanitizer, in .build-thread or .build-address, and runs them one after the other. Options go to
swift test: `--filter 'SpoolTests|LedgerTests'` runs a part. Every report goes to the end of the output.

Left out: CrashMatrixTests, which trace a program through each of its system calls. The sanitizer's own calls would be among them. And the
rigs' tests (...RigTests): they expect a program to be done within moments, load it with libraries of their own, or run it in a system root of
its own, where a sanitizer's libraries are not; a sanitizer makes it ten times as slow.

Ends with 0 where every test passed and nothing was reported, 1 where not, 2 where it could not be built.
TEXT
        exit 0 ;;
    *) echo "run.sh: expected thread or address; --help says more" >&2; exit 2 ;;
esac

scratch=.build-$kind
swift build --build-tests --sanitize="$kind" --scratch-path "$scratch" || exit 2

reports=$(mktemp -d)
trap 'rm -rf "$reports"' EXIT
# The programs that tests start write their reports there too. Leaks are not looked for: a Swift program ends with what it still holds.
export TSAN_OPTIONS="suppressions=$PWD/Tests/sanitizers/thread.supp:log_path=$reports/report:exitcode=0:history_size=4"
export ASAN_OPTIONS="detect_leaks=0:log_path=$reports/report"
status=0
swift test --skip-build --disable-xctest --no-parallel --sanitize="$kind" --scratch-path "$scratch" --skip CrashMatrixTests --skip RigTests "$@" || status=1

found=$(find "$reports" -type f -size +0 | wc -l)
if [[ $found != 0 ]]; then
    cat "$reports"/*
    status=1
fi
echo "$kind sanitizer: $(cat "$reports"/* 2>/dev/null | grep -c '^SUMMARY' || true) reports"
exit $status
