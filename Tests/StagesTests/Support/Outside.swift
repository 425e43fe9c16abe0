import Foundation
import Glibc
import Testing

/// A person with a shell: does things to files of a spool, from a directory of their own outside of it.
final class Outside {
    private let directory: String
    private let precious = "something that is no order's"
    private var linked: String?

    init() throws {
        directory = FileManager.default.temporaryDirectory.path + "/orderd-outside-\(UUID().uuidString.prefix(13))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try Data(precious.utf8).write(to: URL(fileURLWithPath: directory + "/precious"))
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    /// What links lead to is as it was.
    func expectUntouched(_ location: SourceLocation = #_sourceLocation) throws {
        for path in [directory + "/precious", linked].compactMap({ $0 }) {
            #expect(try String(contentsOfFile: path, encoding: .utf8) == precious, sourceLocation: location)
        }
    }

    /// Does a deed to the file at a path below a rig's root.
    func `do`(_ deed: HandMatrixTests.Deed, _ path: String, _ rig: Rig) throws {
        let files = FileManager.default
        let full = rig.root + "/" + path
        let name = path.split(separator: "/").last.map(String.init) ?? ""
        func target(_ folder: String) throws -> String {
            try files.createDirectory(atPath: rig.root + "/" + folder, withIntermediateDirectories: true)
            return "\(rig.root)/\(folder)/\(name)"
        }
        switch deed {
        case .move(let place): try files.moveItem(atPath: full, toPath: target(place.directory))
        case .moveInto(let folder): try files.moveItem(atPath: full, toPath: target(folder))
        case .moveAndChange(let place):
            try rig.write("changed", to: path)
            try files.moveItem(atPath: full, toPath: target(place.directory))
        case .delete: try files.removeItem(atPath: full)
        case .takeAway: try files.moveItem(atPath: full, toPath: directory + "/" + name)
        case .copy(let place): try files.copyItem(atPath: full, toPath: target(place.directory))
        case .copyInto(let folder): try files.copyItem(atPath: full, toPath: target(folder))
        // In place, as an editor may, and not as a new file.
        case .change(let text):
            let handle = try FileHandle(forUpdating: URL(fileURLWithPath: full))
            try handle.truncate(atOffset: 0)
            try handle.write(contentsOf: Data(text.utf8))
            try handle.close()
        case .putInItsPlace(let thing):
            try files.removeItem(atPath: full)
            try put(thing, full, rig)
        }
    }

    func put(_ thing: HandMatrixTests.Thing, _ path: String, _ rig: Rig) throws {
        let files = FileManager.default
        switch thing {
        case .emptyDirectory: try files.createDirectory(atPath: path, withIntermediateDirectories: false)
        case .directory:
            try files.createDirectory(atPath: path, withIntermediateDirectories: false)
            try Data("kept".utf8).write(to: URL(fileURLWithPath: path + "/kept"))
        case .symbolicLink: try files.createSymbolicLink(atPath: path, withDestinationPath: directory + "/precious")
        case .danglingLink: try files.createSymbolicLink(atPath: path, withDestinationPath: directory + "/nothing")
        case .hardLink:
            // A link needs a file of the same file system.
            let other = rig.root + "/state/linked"
            try Data(precious.utf8).write(to: URL(fileURLWithPath: other))
            linked = other
            try #require(link(other, path) == 0)
        case .pipe: try #require(mkfifo(path, 0o600) == 0)
        }
    }
}
