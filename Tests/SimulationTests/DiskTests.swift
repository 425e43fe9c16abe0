import Spool
import Testing

@testable import Simulation

/// The simulated disk loses what a real one may lose, and nothing else.
@Suite struct DiskTests {
    private func disk() -> (Disk, SimulatedClock) {
        let clock = SimulatedClock()
        return (Disk(clock: clock), clock)
    }

    private func name(_ text: String) throws -> FileName { try #require(FileName(text)) }

    @Test func whatWasSyncedOutlivesEveryPowerCut() throws {
        for seed in 0..<200 {
            let (disk, _) = disk()
            let node = disk.make(.regular, try name("a"), in: disk.root, mode: 0o644)
            node.content = [1, 2, 3]
            disk.changed(node)
            disk.sync(node)
            node.content += [4, 5, 6]
            disk.changed(node)
            _ = disk.cutPower(Dice(UInt64(seed)))
            let left = try #require(disk.root.entries[try name("a")])
            #expect(left.content.starts(with: [1, 2, 3]) && [1, 2, 3, 4, 5, 6].starts(with: left.content))
        }
    }

    @Test func whatWasNotSyncedIsLostInSomeCutsAndKeptInOthers() throws {
        var kept: Set<Int> = []
        var names: Set<Bool> = []
        for seed in 0..<200 {
            let (disk, _) = disk()
            let node = disk.make(.regular, try name("a"), in: disk.root, mode: 0o644)
            node.content = [1, 2, 3]
            disk.changed(node)
            disk.rename(try name("a"), in: disk.root, to: disk.root, try name("b"))
            _ = disk.cutPower(Dice(UInt64(seed)))
            names.insert(disk.root.entries[try name("b")] != nil)
            if let left = disk.root.entries[try name("b")] { kept.insert(left.content.count) }
        }
        #expect(names == [true, false])
        #expect(kept.contains(0) && kept.contains(3))
    }

    @Test func changesOfNamesSurviveInTheirOrder() throws {
        for seed in 0..<200 {
            let (disk, _) = disk()
            for text in ["a", "b", "c"] { _ = disk.make(.regular, try name(text), in: disk.root, mode: 0o644) }
            _ = disk.cutPower(Dice(UInt64(seed)))
            let left = disk.root.entries.keys.sorted().map(\.description)
            #expect(["a", "b", "c"].starts(with: left))
        }
    }

    @Test func aFailedSyncLeavesAHoleThatNoLaterOneFills() throws {
        let (disk, _) = disk()
        let node = disk.make(.regular, try name("a"), in: disk.root, mode: 0o644)
        disk.sync(node)
        node.content = [1, 2, 3]
        disk.changed(node)
        node.failSync()
        disk.sync(node)
        #expect(node.content == [1, 2, 3] && node.synced == [0, 0, 0])
        node.cut(to: 0)
        node.content = [1, 2, 3]
        disk.changed(node)
        disk.sync(node)
        #expect(node.synced == [1, 2, 3])
    }

    @Test func numbersOfInodesAreUsedAgain() throws {
        let (disk, clock) = disk()
        let first = disk.make(.regular, try name("a"), in: disk.root, mode: 0o644)
        disk.remove(try name("a"), in: disk.root)
        clock.advance(milliseconds: 10)
        let second = disk.make(.regular, try name("a"), in: disk.root, mode: 0o644)
        #expect(first.inode == second.inode && first.birth != second.birth)
    }
}
