# `make help` lists the targets. Everything here can be done by hand as well: the recipes are one command each.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help missing build release test faults lint format pages demo bench clean

help:  ## this list
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 18

missing:  ## install the Debian packages that are not there yet
	@scripts/install-missing.sh

build: missing  ## a debug build
	swift build

release: missing  ## a release build: .build/release/orderd (about ten minutes the first time)
	swift build -c release --product orderd

# One test after the other: many wait for processes and sockets, and where all run at once on two cores, they keep the pool's two threads from
# each other for minutes. `swift test` runs them side by side.
test: missing  ## build and run every test
	swift build --build-tests
	swift test --skip-build --disable-xctest --no-parallel

faults: release  ## kill it before every system call and at random, with progress (hours)
	python3 Tests/faults/kill-at-random.py --orderd .build/release/orderd --orders samples/online-retail-500.ndjson --kills 30
	python3 Tests/faults/kill-at-random.py --orderd .build/release/orderd --orders samples/online-retail-500.ndjson --kills 30 --lines
	Tests/faults/crash-matrix.py --orderd .build/release/orderd --pairs all --errors EIO,ENOSPC,EMFILE,EACCES --write docs/crash-matrix.md

lint:  ## what the continuous integration holds the style to
	swift format lint --strict --recursive Sources Tests Package.swift

format:  ## put the sources into that style
	swift format --in-place --recursive Sources Tests Package.swift

pages: missing  ## write docs/configuration.md and etc/orderd.yaml from the table of keys
	UPDATE_PAGES=1 swift test --disable-xctest --filter ConfigurationPagesTests

demo: missing  ## build, make a fresh spool in demo-spool/, drop sample orders, show what comes of them
	@scripts/demo.sh

bench: release  ## drop to receipt and to completed at 100 orders/s, then a backlog against the floor
	Benchmarks/drop-latency.py
	Benchmarks/backlog.py

clean:  ## remove what builds and demos leave
	swift package clean
	rm -rf demo-spool
