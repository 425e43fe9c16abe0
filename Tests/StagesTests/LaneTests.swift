import Spool
import TestSupport
import Testing

@testable import Stages

/// What waits in a partner's lane to be taken.
struct LaneTests {
    @Test func aFileThatIsWrittenToAfterItsRenameDoesNotGoOnAsRenamed() throws {
        let name = try #require(FileName("a.json"))
        let status = FileStatus(device: 1, inode: 7)
        func candidate(_ inode: UInt64, _ how: Sighting) -> Candidate {
            Candidate(directory: 1, name: name, status: FileStatus(device: 1, inode: inode), how: how, now: 0)
        }
        var lane = Lane()
        lane.append(candidate(6, .renamed))
        lane.append(candidate(7, .renamed))
        lane.append(candidate(7, .closed))
        lane.suspects = [candidate(7, .renamed)]
        lane.forgetRenamed(1, name, status)
        #expect(lane.suspects.isEmpty && lane.waiting == 2 && lane.contains(1, name))
        #expect(lane.next()?.status.inode == 6)
        #expect(lane.next()?.how == .closed)
        #expect(lane.isEmpty && !lane.contains(1, name))
    }
}
