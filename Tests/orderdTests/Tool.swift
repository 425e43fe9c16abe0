import Foundation

/// Programs of the machine, as tests run them.
enum Tool {
    struct Result {
        let code: Int32
        let text: String
        let errors: String
    }

    /// Runs one to its end. What it prints goes into files, so that none of it can block.
    static func run(_ words: String..., environment: [String: String] = [:]) throws -> Result {
        try run(words, environment: environment)
    }

    static func run(_ words: [String], environment: [String: String] = [:]) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "orderd-tool-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func sink(_ name: String) throws -> FileHandle {
            try Data().write(to: folder.appending(path: name))
            return try FileHandle(forWritingTo: folder.appending(path: name))
        }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = words
        process.environment = ["PATH": "/usr/bin:/bin:/usr/sbin", "MANWIDTH": "80", "LC_ALL": "C.UTF-8"].merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try sink("out")
        process.standardError = try sink("err")
        try process.run()
        process.waitUntilExit()
        func read(_ name: String) throws -> String { String(decoding: try Data(contentsOf: folder.appending(path: name)), as: UTF8.self) }
        return Result(code: process.terminationStatus, text: try read("out"), errors: try read("err"))
    }
}

/// Whether these programs are on this machine; for conditions of tests.
func hasTools(_ names: String...) -> Bool {
    names.allSatisfy { name in
        ["/usr/bin", "/bin", "/usr/sbin"].contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(name)") }
    }
}
