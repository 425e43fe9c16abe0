// swift-tools-version: 6.2
import PackageDescription

/// One list of settings for every target of ours.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

/// A library target of ours and what it may import; `Tests/orderdTests/ModuleBoundaryTests.swift` holds the sources to this table.
func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name + "Tests", dependencies: [.byName(name: name)] + dependencies, swiftSettings: settings)
}

let package = Package(
    name: "orderd",
    products: [.executable(name: "orderd", targets: ["orderd"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        .systemLibrary(name: "CInotifyTools", providers: [.apt(["libinotifytools0-dev"])]),
        .systemLibrary(name: "CSQLite", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CLinux"),
        module("Orders", []),
        module("Spool", ["CLinux", "CInotifyTools"]),
        module("Ledger", ["Orders", "Spool", "CSQLite", grdb, sqlite, crypto]),
        module("Stages", ["Orders", "Spool", "Ledger", crypto, logging]),
        module("Reports", ["Orders", "Spool", "Ledger", "CZlib", mustache]),
        .executableTarget(
            name: "orderd",
            dependencies: ["Orders", "Spool", "Ledger", "Stages", "Reports", argumentParser, crypto, logging, yams],
            swiftSettings: settings),
        // What several test targets share; no part of the product.
        .target(name: "TestSupport", dependencies: ["Spool"], path: "Tests/TestSupport", swiftSettings: settings),
        // The simulation, which tests and `make faults` run: no part of what is installed.
        .target(
            name: "Simulation", dependencies: ["Orders", "Spool", "Ledger", "Stages", "Reports", crypto, logging],
            path: "Tests/Simulation", swiftSettings: settings),
        .executableTarget(name: "simulate", dependencies: ["Simulation", argumentParser], path: "Tests/simulate", swiftSettings: settings),
        // Programs of `make bench`: no part of what is installed.
        .executableTarget(
            name: "read-benchmark", dependencies: ["Orders", sqlite], path: "Benchmarks/reader", swiftSettings: settings),
        .executableTarget(
            name: "make-history", dependencies: ["Orders", "Spool", "Ledger", crypto], path: "Benchmarks/history", swiftSettings: settings),
        .testTarget(
            name: "SimulationTests", dependencies: ["Simulation", "simulate", "Orders", "Spool"], exclude: ["Bugs"], swiftSettings: settings
        ),
        tests("Orders", []),
        tests("Spool", ["CLinux", "TestSupport"]),
        tests("Ledger", ["Orders", "Spool", "TestSupport"]),
        tests("Stages", ["Orders", "Spool", "Ledger", "TestSupport"]),
        tests("Reports", ["Orders", "Spool", "Ledger", "CZlib", mustache, "TestSupport"]),
        tests("orderd", ["Orders", "Spool", "Ledger", "Stages", "Reports", argumentParser, logging, "TestSupport"]),
    ]
)
