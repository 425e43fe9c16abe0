internal import Glibc

/// How many descriptors this process may have open at one time.
public enum DescriptorLimit {
    /// Raises the soft limit to the hard one.
    ///
    /// A soft limit of 1024 is for programs that wait by `select`. A spool takes about ten descriptors a partner, and a library that gets
    /// none, as the one behind concurrency, ends the process instead of failing. To be called early, after which nothing may rely on small
    /// numbers; libinotifytools, which does, opens its own while they are small.
    ///
    /// - Returns: the soft limit as it is now, in descriptors; `nil` where it cannot be asked for.
    @discardableResult
    public static func raise() -> UInt64? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        guard limit.rlim_cur < limit.rlim_max else { return UInt64(limit.rlim_cur) }
        var raised = limit
        raised.rlim_cur = limit.rlim_max
        guard setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 else { return UInt64(limit.rlim_cur) }
        return UInt64(raised.rlim_cur)
    }
}
