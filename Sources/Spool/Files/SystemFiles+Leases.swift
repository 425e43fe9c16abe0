internal import CLinux
internal import Glibc

extension SystemFiles {
    /// By `fcntl(F_SETLEASE)`. Ignores SIGIO first.
    public func takeReadLease(_ descriptor: Descriptor) -> LeaseResult {
        Self.ignoreLeaseSignals()
        let result = uninterrupted { linux_set_lease(descriptor, Int32(F_RDLCK)) }
        if result >= 0 { return .granted }
        return result == -Int(EAGAIN) ? .busy : .unsupported(Int32(truncatingIfNeeded: -result))
    }

    /// By `fcntl(F_GETLEASE)`.
    public func leaseHeld(_ descriptor: Descriptor) -> Bool {
        // While a break is under way this already tells the kind that the lease must become, so a waiting writer shows at once.
        linux_get_lease(descriptor) == Int(F_RDLCK)
    }

    /// By `fcntl(F_SETLEASE)`.
    public func dropLease(_ descriptor: Descriptor) {
        // It fails only where there is no lease.
        _ = linux_set_lease(descriptor, Int32(F_UNLCK))
    }

    /// By `fcntl(F_OFD_SETLK)`.
    public func lock(_ descriptor: Descriptor) throws(FileError) -> Bool {
        let result = uninterrupted { linux_lock(descriptor) }
        if result == -Int(EAGAIN) || result == -Int(EACCES) { return false }
        guard result >= 0 else { throw FileError("fcntl", on: descriptor, code: result) }
        return true
    }

    /// By `fstatvfs`.
    public func freeSpace(_ descriptor: Descriptor) throws(FileError) -> FreeSpace {
        var space = FreeSpace(bytes: 0, inodes: 0)
        let result = uninterrupted { linux_free_space(descriptor, &space.bytes, &space.inodes) }
        guard result >= 0 else { throw FileError("fstatvfs", on: descriptor, code: result) }
        return space
    }
}
