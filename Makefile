# `make help` lists the targets. Everything here can be done by hand as well: the recipes are one command each.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help missing build release deb test test-service test-readers test-spark test-report faults simulate fuzz sanitize lint format pages demo bench clean

help:  ## this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 18

missing:  ## install the Debian packages that are not there yet
	@scripts/install-missing.sh

build: missing  ## a debug build
	swift build

# Swift's libraries linked in: it runs where no Swift is, starts sooner and takes less memory. One way of linking for all release builds:
# to change between two would compile everything anew each time.
RELEASE = swift build -c release --static-swift-stdlib --product

release: missing  ## a release build: .build/release/orderd (about ten minutes the first time)
	$(RELEASE) orderd

deb: release  ## a Debian package, .build/deb/orderd_VERSION_ARCHITECTURE.deb
	@scripts/install-missing.sh dpkg-dev binutils lintian
	mkdir -p .build/deb
	packaging/debian/build.sh $(ORDERD) .build/deb
	lintian --fail-on error,warning .build/deb/orderd_*.deb

# One test after the other: many wait for processes and sockets, and where all run at once on two cores, they keep the pool's two threads from
# each other for minutes. `swift test` runs them side by side.
test: missing  ## build and run every test
	swift build --build-tests
	swift test --skip-build --disable-xctest --no-parallel

# What the fault rigs need beside what building needs.
RIG_PACKAGES = strace bindfs fuse3 qemu-utils qemu-system-common acl e2fsprogs util-linux patch openssh-server openssh-client lftp curl rclone putty-tools python3-paramiko python3-asyncssh
ORDERD = .build/release/orderd

faults: release simulate  ## every fault rig in full, with progress; writes the pages of docs/ (hours; most of it needs root)
	@scripts/install-missing.sh $(RIG_PACKAGES)
	Tests/faults/kill-at-random.py --orderd $(ORDERD) --orders samples/online-retail-500.ndjson --kills 30
	Tests/faults/kill-at-random.py --orderd $(ORDERD) --orders samples/online-retail-500.ndjson --kills 30 --lines
	Tests/faults/power-cut.py --orderd $(ORDERD) --cuts 200 --write docs/power-cut.md
	Tests/faults/write-log.py --orderd $(ORDERD) --points 500 --write docs/faults.md
	Tests/faults/clock-jumps.py --orderd $(ORDERD) --write docs/faults.md
	Tests/faults/lost-events.py --orderd $(ORDERD) --files 100000 --write docs/faults.md
	Tests/faults/fairness.py --orderd $(ORDERD) --files 100000 --megabytes 1000 --write docs/faults.md
	Tests/faults/fairness.py --orderd $(ORDERD) --files 100000 --megabytes 1000 --gateway --write docs/faults.md
	Tests/faults/disk-full.py --orderd $(ORDERD) --fills 30 --write docs/faults.md
	Tests/faults/sqlite-errors.py --orderd $(ORDERD) --rounds 5 --write docs/faults.md
	Tests/faults/sftp-clients.py --orderd $(ORDERD) --deadline 20 --jobs 8 --write docs/sftp-clients.md
	Tests/faults/hostile-files.py --orderd $(ORDERD) --write docs/hostile-files.md
	Tests/faults/partner-guide.py --orderd $(ORDERD)
	Tests/faults/simulation-bugs.py --write docs/simulation.md
	Tests/faults/crash-matrix.py --orderd $(ORDERD) --pairs all --prove single,charge --errors EIO,ENOSPC,EMFILE,EACCES --lasting EIO,ENOSPC,EMFILE,EACCES --write docs/crash-matrix.md

# What runs the unit and the package under a systemd of their own.
SERVICE_PACKAGES = systemd-container acl e2fsprogs openssh-server openssh-client dpkg-dev binutils lintian sqlite3 man-db mandoc zsh fish curl

test-service: deb  ## unit, package, partners, doctor and guide under a real systemd in a root of its own; writes pages of docs/ (half an hour; root)
	@scripts/install-missing.sh $(SERVICE_PACKAGES)
	Tests/service/service.py --orderd $(ORDERD) --write docs/service.md
	Tests/service/package.py --orderd $(ORDERD) --write docs/service.md
	Tests/service/partners.py --orderd $(ORDERD) --write docs/partners.md
	Tests/service/doctor.py --orderd $(ORDERD)
	! Tests/service/doctor.py --orderd $(ORDERD) --only "access list" --control
	Tests/service/operate-guide.py --deb .build/deb/orderd_*.deb

# What reads orderd's output beside the daemon: Debian's, and Python's packages in a directory of their own.
READER_PACKAGES = sqlite3 python3-venv prometheus prometheus-node-exporter
READERS = .build/readers

$(READERS)/bin/datasette: Tests/readers/requirements.txt
	@scripts/install-missing.sh $(READER_PACKAGES)
	python3 -m venv $(READERS)
	$(READERS)/bin/pip install --quiet --requirement Tests/readers/requirements.txt
	touch $@

test-readers: release $(READERS)/bin/datasette  ## what others read beside a daemon at work: sqlite3, Datasette, DuckDB, Prometheus
	Tests/readers/queries.py --orderd $(ORDERD)
	! Tests/readers/queries.py --orderd $(ORDERD) --only datasette --control
	Tests/readers/exports.py --orderd $(ORDERD)
	! Tests/readers/exports.py --orderd $(ORDERD) --few --control
	Tests/readers/spark.py --orderd $(ORDERD) || [ $$? -eq 77 ]
	promtool test rules etc/prometheus/orderd.test.yml
	Tests/readers/dashboard.py --orderd $(ORDERD)
	! Tests/readers/dashboard.py --orderd $(ORDERD) --control

# What runs the statements for Spark and Athena: half a gigabyte, so it is there only where it was asked for.
SPARK_PACKAGES = openjdk-17-jre-headless faketime

$(READERS)/bin/spark-submit: $(READERS)/bin/datasette
	$(READERS)/bin/pip install --quiet 'pyspark==4.*'
	touch $@

test-spark: release $(READERS)/bin/spark-submit  ## the exports in Spark, by its statements and Athena's (test-readers does it too once this has installed them)
	@scripts/install-missing.sh $(SPARK_PACKAGES)
	Tests/readers/spark.py --orderd $(ORDERD)
	! Tests/readers/spark.py --orderd $(ORDERD) --few --control

# Real orders with an answer to compare with: orders.ndjson.xz, dirty.ndjson.xz and catalogue.csv.
RETAIL = ../shared/data/online-retail

test-report: release $(READERS)/bin/datasette  ## the report in Debian's Chromium: layout, axe, nasty strings; with RETAIL=DIR its figures against those computed from the data
	@scripts/install-missing.sh chromium
	if [ -d $(RETAIL) ]; then rm -rf .build/report-spool && Tests/report/figures.py --orderd $(ORDERD) --data $(RETAIL) --keep .build/report-spool \
	    && $(READERS)/bin/python Tests/report/look.py .build/report-spool/reports; fi
	$(READERS)/bin/python Tests/report/naughty.py --orderd $(ORDERD)
	! $(READERS)/bin/python Tests/report/naughty.py --orderd $(ORDERD) --control

simulate: missing  ## the simulation with 10,000 seeds
	$(RELEASE) simulate
	.build/release/simulate --seeds '0..<10000' --jobs 2

fuzz: missing  ## fuzz every parser of foreign bytes, a minute each, after the planted bugs that it must find
	Tests/fuzz/run.sh --control
	Tests/fuzz/run.sh

sanitize: missing  ## the tests under the thread sanitizer and the address sanitizer
	Tests/sanitizers/run.sh thread
	Tests/sanitizers/run.sh address

lint:  ## what the continuous integration holds the style to
	swift format lint --strict --recursive Sources Tests Benchmarks Package.swift

format:  ## put the sources into that style
	swift format --in-place --recursive Sources Tests Benchmarks Package.swift

pages: missing  ## write what the pages of docs/, etc/orderd.yaml and etc/templates have from the code
	UPDATE_PAGES=1 swift test --disable-xctest --filter 'ConfigurationPagesTests|DoctorPageTests|SQLPageTests|ExportPageTests|MetricsPageTests'

demo: missing  ## build, make a fresh spool in demo-spool/, drop sample orders, show what comes of them
	@scripts/demo.sh

# What the benchmarks need beside what building needs; the last line is what Debian's Postfix is linked to, which runs in a root of its own.
BENCH_PACKAGES = strace valgrind binutils gcc libc6-dev e2fsprogs util-linux iproute2 sqlite3 \
	libdb5.3 libicu72 libnsl2 libsasl2-2

bench: release  ## every figure of docs/performance.md, and the page (about an hour; BENCH="--quick" for a look, BENCH="--only drain")
	@scripts/install-missing.sh $(BENCH_PACKAGES)
	$(RELEASE) read-benchmark
	$(RELEASE) make-history
	Benchmarks/all.py $(BENCH)

clean:  ## remove what builds and demos leave
	swift package clean
	rm -rf demo-spool
