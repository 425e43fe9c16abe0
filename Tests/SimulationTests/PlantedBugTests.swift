import Foundation
import Testing

/// The patches of `Bugs/`, which `Tests/faults/simulation-bugs.py` applies to a copy of the tree.
@Suite struct PlantedBugTests {
    private static let tree = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    private static let program = ["/usr/bin/patch", "/bin/patch"].first { FileManager.default.isExecutableFile(atPath: $0) }

    /// A patch that no longer fits the code plants nothing, and its row of the table would say no more than that.
    @Test(.enabled(if: program != nil, "patch(1) is needed")) func everyPatchStillApplies() throws {
        let bugs = Self.tree.appendingPathComponent("Tests/SimulationTests/Bugs")
        let patches = try FileManager.default.contentsOfDirectory(atPath: bugs.path).filter { $0.hasSuffix(".patch") }.sorted()
        #expect(patches.count >= 10)
        for patch in patches {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: try #require(Self.program))
            process.arguments = ["--dry-run", "-p1", "-F0", "-s", "-f", "-i", bugs.appendingPathComponent(patch).path]
            process.currentDirectoryURL = Self.tree
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            #expect(process.terminationStatus == 0, "\(patch) does not apply")
        }
    }
}
