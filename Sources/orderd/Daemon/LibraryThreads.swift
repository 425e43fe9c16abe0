import Dispatch
import Glibc

/// Threads that libraries start for themselves.
enum LibraryThreads {
    /// Has libdispatch open what it keeps open, while there are descriptors to be had: where it gets none, it ends the process with SIGILL
    /// instead of failing. It is used whether we want it or not, as when GRDB closes a database.
    ///
    /// Signals are blocked meanwhile, so that none of its threads ever takes one.
    static func start() {
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, &before)
        // By a timer: its descriptor is opened later than the others, with the first timer that is set.
        let begun = DispatchSemaphore(value: 0)
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(1)) { begun.signal() }
        begun.wait()
        pthread_sigmask(SIG_SETMASK, &before, nil)
    }
}
