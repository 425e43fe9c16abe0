internal import Glibc

/// Takes uploads out of drop directories.
///
/// What a partner puts there may be anything, and may be exchanged between any two calls. So a claim renames first, to where the partner
/// cannot reach the name, and judges what it then holds open: by one descriptor, never by name twice.
///
/// Diagnostics: none. Every outcome is a value, and says where the file lies.
///
/// Known limits: where leases cannot be had (`LeaseResult.unsupported`), a writer that keeps the file open is not noticed.
public struct Claimer: Sendable {
    /// The most bytes that an upload may have.
    public let maximumSize: Int64
    private let files: any FileOperations

    /// A claimer; files of more than `maximumSize` bytes are refused.
    public init(files: any FileOperations, maximumSize: Int64 = .max) {
        self.files = files
        self.maximumSize = maximumSize
    }

    /// Claims a file that was renamed into place: renames it to `claimedDirectory`, then opens and judges it.
    ///
    /// Where a writer still has it open, it stays there, and the outcome is `busy(.claimed, _)`. One that was written over since it was
    /// last looked at is put back: it may be written by half.
    public func claimRenamed(
        _ candidate: Candidate, from dropDirectory: Descriptor, to claimedDirectory: Descriptor
    ) -> ClaimOutcome {
        if let obstacle = move(candidate.name, from: dropDirectory, to: claimedDirectory) {
            // Who moves a directory to another one must be allowed to write in it: its maker may keep us from that, and it stays.
            if case .failed(let error, _) = obstacle, error.isForbidden, candidate.status.kind == .directory {
                return .refused(.notRegular(.directory), .dropDirectory, candidate.status)
            }
            return obstacle
        }
        // Opening has effects on some devices, and on who waits at a FIFO: what is known to be neither file nor link is only looked at.
        if candidate.status.kind != .regular, let outcome = judgeUnopened(candidate.name, in: claimedDirectory) { return outcome }
        switch open(candidate.name, in: claimedDirectory, expecting: candidate.status) {
        case .opened(let file):
            // Written over between the last look at it and the rename. A rename changes ctime, so content is compared by size and mtime.
            guard file.status.size == candidate.status.size, file.status.modifyTime == candidate.status.modifyTime else {
                file.close()
                return .changed(putBack(candidate.name, from: claimedDirectory, to: dropDirectory), file.status)
            }
            return .claimed(ClaimedFile(name: file.name, status: file.status, opened: file))
        case .busy(let status): return .busy(.claimed, status)
        case .gone: return .gone
        case .changed(let status):
            return .changed(putBack(candidate.name, from: claimedDirectory, to: dropDirectory), status)
        case .refused(let reason, let status): return .refused(reason, .claimed, status)
        case .failed(let error): return .failed(error, .claimed)
        }
    }

    /// Opens a file where it was dropped, with a lease where such can be had, so that the caller can look whether it is whole.
    public func openInPlace(_ candidate: Candidate, in dropDirectory: Descriptor) -> OpenOutcome {
        if candidate.status.kind != .regular, let outcome = judgeUnopened(candidate.name, in: dropDirectory) {
            return switch outcome {
            case .refused(let reason, _, let status): .refused(reason, status)
            case .failed(let error, _): .failed(error)
            default: .gone
            }
        }
        return open(candidate.name, in: dropDirectory, expecting: candidate.status)
    }

    /// Claims a file that was opened in place: renames it to `claimedDirectory`, then makes sure that what was renamed is what is open, that
    /// nobody has changed it, and that the lease still stands. If not so, it is put back, unless its name is taken by then.
    public func finishClaim(
        _ opened: OpenedFile, from dropDirectory: Descriptor, to claimedDirectory: Descriptor
    ) -> ClaimOutcome {
        if let obstacle = move(opened.name, from: dropDirectory, to: claimedDirectory) { return obstacle }
        do throws(FileError) {
            guard let named = try files.status(in: claimedDirectory, opened.name) else { return .gone }
            // A rename changes ctime, so content is compared by size and mtime.
            guard named.isSameFile(as: opened.status), named.size == opened.status.size,
                named.modifyTime == opened.status.modifyTime
            else {
                return .changed(putBack(opened.name, from: claimedDirectory, to: dropDirectory), named)
            }
            if opened.leased, !files.leaseHeld(opened.descriptor) {
                return .busy(putBack(opened.name, from: claimedDirectory, to: dropDirectory), named)
            }
            guard named.links == 1 else { return .refused(.linked(named.links), .claimed, named) }
            return .claimed(ClaimedFile(name: opened.name, status: named, opened: opened))
        } catch {
            return .failed(error, .claimed)
        }
    }

    /// Opens a file that lies in the directory for claimed files already: one that a writer had open, or that an earlier run left there.
    ///
    /// - Parameters:
    ///   - name: its name.
    ///   - claimedDirectory: where it lies.
    ///   - status: the file it is expected to be; `nil` where any will do.
    public func openClaimed(_ name: FileName, in claimedDirectory: Descriptor, expecting status: FileStatus? = nil) -> ClaimOutcome {
        switch open(name, in: claimedDirectory, expecting: status) {
        case .opened(let file): .claimed(ClaimedFile(name: name, status: file.status, opened: file))
        case .busy(let status): .busy(.claimed, status)
        case .gone: .gone
        case .changed(let status): .changed(.claimed, status)
        case .refused(let reason, let status): .refused(reason, .claimed, status)
        case .failed(let error): .failed(error, .claimed)
        }
    }
}

extension Claimer {
    /// Renames; what stood in the way, or `nil`.
    private func move(_ name: FileName, from directory: Descriptor, to newDirectory: Descriptor) -> ClaimOutcome? {
        do {
            try files.rename(from: directory, name, to: newDirectory, name, replacing: false)
            return nil
        } catch {
            if error.isMissing { return .gone }
            return error.isTaken ? .nameTaken : .failed(error, .dropDirectory)
        }
    }

    private func putBack(_ name: FileName, from directory: Descriptor, to newDirectory: Descriptor) -> FilePlace {
        move(name, from: directory, to: newDirectory) == nil ? .dropDirectory : .claimed
    }

    /// Judges by name what is not a file. `nil` where it is one by now.
    private func judgeUnopened(_ name: FileName, in directory: Descriptor) -> ClaimOutcome? {
        do throws(FileError) {
            guard let status = try files.status(in: directory, name) else { return .gone }
            return refusal(of: status).flatMap { reason in
                if case .notRegular = reason { return .refused(reason, .claimed, status) }
                return reason == .symlink ? .refused(reason, .claimed, status) : nil
            }
        } catch {
            return .failed(error, .claimed)
        }
    }

    private func open(_ name: FileName, in directory: Descriptor, expecting expected: FileStatus?) -> OpenOutcome {
        let descriptor: Descriptor
        do {
            descriptor = try files.openForReading(in: directory, name)
        } catch {
            return outcome(of: error, name, in: directory)
        }
        do throws(FileError) {
            let status = try files.status(descriptor)
            if let expected, !status.isSameFile(as: expected) {
                try? files.close(descriptor)
                return .changed(status)
            }
            if let reason = refusal(of: status) {
                try? files.close(descriptor)
                return .refused(reason, status)
            }
            let lease = files.takeReadLease(descriptor)
            if lease == .busy {
                try? files.close(descriptor)
                return .busy(status)
            }
            // Looked at again under the lease: a writer may have written, and closed, between the first look and the lease.
            let settled = lease == .granted ? try files.status(descriptor) : status
            return .opened(OpenedFile(name: name, status: settled, lease: lease, owning: descriptor, files: files))
        } catch {
            try? files.close(descriptor)
            return .failed(error)
        }
    }

    private func refusal(of status: FileStatus) -> RefusalReason? {
        switch status.kind {
        case .regular: break
        case .symlink: return .symlink
        case let kind: return .notRegular(kind)
        }
        if status.links > 1 { return .linked(status.links) }
        return status.size > maximumSize ? .tooLarge(status.size) : nil
    }

    /// What it means that a file could not be opened.
    private func outcome(of error: FileError, _ name: FileName, in directory: Descriptor) -> OpenOutcome {
        // Of what cannot be looked at nobody knows which upload it is: refused, it would be another when it is found again.
        let status: FileStatus
        do throws(FileError) {
            guard let found = try files.status(in: directory, name) else { return .gone }
            status = found
        } catch let unseen {
            return .failed(unseen)
        }
        switch error.code {
        case ENOENT: return .gone
        case ELOOP: return .refused(.symlink, status)
        case ENXIO, ENODEV: return .refused(.notRegular(status.kind), status)
        case EACCES, EPERM: return .refused(.unreadable(error.code), status)
        case EAGAIN: return .busy(status)
        default: return .failed(error)
        }
    }
}
