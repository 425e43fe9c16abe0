// swift-tools-version: 6.2
import PackageDescription

// The fuzzer of the parsers of foreign bytes; `./run.sh --help` tells how to run it. A package of its own, so that the product's manifest has
// nothing of it. Its targets are links to the product's sources, of which those are listed that hold a parser or that one needs.

/// The product's settings, and instrumentation: libFuzzer sees which edges ran, AddressSanitizer what was read and written out of bounds.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .unsafeFlags(["-sanitize=fuzzer,address", "-enable-testing", "-parse-as-library"]),
]

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

let package = Package(
    name: "orderd-fuzz",
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        .systemLibrary(name: "CInotifyTools", providers: [.apt(["libinotifytools0-dev"])]),
        .target(name: "CLinux"),
        .target(name: "Orders", swiftSettings: settings),
        .target(name: "Spool", dependencies: ["CLinux", "CInotifyTools"], swiftSettings: settings),
        .target(
            name: "Ledger", dependencies: ["Orders", "Spool", crypto],
            sources: [
                "DropRecord.swift", "Event.swift", "EventCoding.swift", "EventDecoding.swift", "EventParts.swift", "JournalLine.swift",
                "LedgerError.swift", "OrderEvents.swift", "Stage.swift",
            ], swiftSettings: settings),
        .target(
            name: "Stages", dependencies: ["Orders", "Spool", "Ledger", crypto],
            sources: ["Intake/DropDirectory.swift", "Intake/LargeFile.swift", "Payment", "Pipeline/Command.swift"], swiftSettings: settings),
        .target(
            name: "orderd", dependencies: ["Orders", "Spool", "Ledger", "Stages", yams],
            sources: [
                "Commands/Support/CSVReader.swift", "Commands/Support/CommandFailure.swift", "Commands/Support/Output.swift",
                "Commands/Support/StandardError.swift",
                "Commands/Support/ProductFile.swift", "Configuration", "Control/ControlAnswer.swift", "Control/ControlRequest.swift",
                "Control/ControlRequest+Line.swift", "Control/ProductLimits.swift",
            ], swiftSettings: settings),
        .executableTarget(
            name: "fuzz", dependencies: ["Orders", "Spool", "Ledger", "Stages", "orderd"], swiftSettings: settings,
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address"])]),
    ]
)
