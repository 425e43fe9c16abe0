public import Ledger
public import Spool
import Synchronization

extension Pipeline {
    /// What other threads hand to the pipeline, and how they wake it.
    public final class Inbox: Sendable {
        struct Content {
            var results: [CallResult] = []
            var commands: [(Int, CommandRequest)] = []
            var published: Int64 = 0
            var deliveries: [(follower: String, subject: String, delivery: Delivery?)] = []
        }

        /// Readable when there is something in the box.
        public let wakeup: Wakeup
        private let content = Mutex(Content())

        init() throws(FileError) { wakeup = try Wakeup() }

        func put(_ result: CallResult) {
            content.withLock { $0.results.append(result) }
            wakeup.signal()
        }

        /// Hands in a command; its answer comes with the same tag from `Pipeline.takeReplies`.
        public func put(_ request: CommandRequest, tag: Int) {
            content.withLock { $0.commands.append((tag, request)) }
            wakeup.signal()
        }

        /// Says how far followers have published, all of it on disk.
        public func published(through seq: Int64) {
            content.withLock { $0.published = max($0.published, seq) }
            wakeup.signal()
        }

        /// Says that something could not be published, to be remembered over a restart; nil that it is published now.
        public func put(follower: String, subject: String, delivery: Delivery?) {
            content.withLock { $0.deliveries.append((follower, subject, delivery)) }
            wakeup.signal()
        }

        func take() -> Content {
            wakeup.clear()
            return content.withLock { content in
                defer {
                    content.results = []
                    content.commands = []
                    content.deliveries = []
                }
                return content
            }
        }
    }
}
