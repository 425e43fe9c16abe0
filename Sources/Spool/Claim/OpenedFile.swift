internal import Synchronization

/// An upload that is open for reading, closed when the last reference to it goes.
public final class OpenedFile: Sendable {
    /// Its name.
    public let name: FileName
    /// The file as it was when it was opened.
    public let status: FileStatus
    /// What came of asking for a read lease.
    public let lease: LeaseResult
    /// Open for reading, until ``close()``.
    public let descriptor: Descriptor

    private let files: any FileOperations
    private let isOpen = Atomic(true)

    init(name: FileName, status: FileStatus, lease: LeaseResult, owning descriptor: Descriptor, files: any FileOperations) {
        self.name = name
        self.status = status
        self.lease = lease
        self.descriptor = descriptor
        self.files = files
    }

    deinit { close() }

    /// Whether a lease was granted.
    public var leased: Bool { lease == .granted }

    /// Gives the lease back. A writer that waits for it goes on.
    public func dropLease() {
        if leased, isOpen.load(ordering: .acquiring) { files.dropLease(descriptor) }
    }

    /// Closes the descriptor, and gives the lease back with it. Nothing where that is done already.
    public func close() {
        guard isOpen.exchange(false, ordering: .acquiringAndReleasing) else { return }
        // It was read only: an error concerns no data.
        try? files.close(descriptor)
    }
}
