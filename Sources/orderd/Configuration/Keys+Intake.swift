extension Keys {
    /// Where the tree lies.
    enum Spool {
        static let directory = ConfigurationKey(
            "spool.directory", .path(), default: "spool", reloads: false, environmentName: "ORDERD_SPOOL",
            """
            The spool's root. A relative path counts from the working directory. The option --spool of every verb goes before it. \
            On a server give an absolute path, such as /var/spool/orderd.
            """)
    }

    /// How dropped files are found, judged finished and taken.
    enum Intake {
        static let settle = ConfigurationKey(
            "intake.settle", .duration(.zero ... .seconds(3600)), default: .seconds(1), reloads: true,
            """
            How long a file that was not renamed into place must lie unchanged before it is taken. Raise it where partners upload in bursts \
            over slow lines without a temporary name. A file renamed into place never waits.
            """)

        static let resumeDeadline = ConfigurationKey(
            "intake.resumeDeadline", .duration(.zero ... .seconds(7 * 86_400)), default: .seconds(600), reloads: true,
            """
            How long a file that ends in the middle of an order, and may still be resumed by its sender, is left where it is before it is \
            refused as incomplete. With 0s it is refused at once.
            """)

        static let rescan = ConfigurationKey(
            "intake.rescan", .duration(.milliseconds(100) ... .seconds(3600)), default: .seconds(30), reloads: true,
            """
            How often all watched directories are read again, whatever the kernel's events said. It is also how soon a move by hand between \
            step directories, or a queue file that was deleted, is noticed.
            """)

        static let window = ConfigurationKey(
            "intake.window", .integer(256...1_048_576, unit: "files"), default: 65_536, reloads: false,
            """
            How many files waiting to be taken are held in memory at once. More than these stay in their directories and are found by the \
            next scan. About 200 bytes each.
            """)

        static let sliceOrders = ConfigurationKey(
            "intake.sliceOrders", .integer(1...10_000, unit: "orders"), default: 256, reloads: true,
            """
            How many orders one commit takes, from one file of many or from many files. More gives a higher throughput, fewer a shorter wait \
            for the next partner's turn.
            """)

        static let maxFileSize = ConfigurationKey(
            "intake.maxFileSize", .size((1 << 10)...(1 << 40)), default: 2 << 30, reloads: true,
            """
            A larger file is refused unread, with a receipt that says so. Files are read in bounded memory, so this guards disk and time, \
            not memory.
            """)

        static let maxOrderSize = ConfigurationKey(
            "intake.maxOrderSize", .size((1 << 10)...(256 << 20)), default: 4 << 20, reloads: true,
            """
            A larger order within a file is refused; the others of the file go on. Memory in use is a small multiple of this.
            """)

        static let diskReserve = ConfigurationKey(
            "intake.diskReserve", .size(0...(1 << 40)), default: 512 << 20, reloads: true,
            """
            Below this much free space nothing new is taken, with an alert; orders in hand go on, and intake goes on by itself once there \
            is room. With 0B it is never paused for that.
            """)

        static let rateLimit = ConfigurationKey(
            "intake.rateLimit", .integer(0...1_000_000, unit: "orders a minute"), default: 0, reloads: true, perPartner: true,
            """
            How many orders a minute are taken from one partner. What is more waits in its drop directory, in turn, and orderd queue and the \
            metrics show it. With 0 there is no limit. A file that fits one commit is taken whole, and the next then waits longer.
            """)

        static let rateBurst = ConfigurationKey(
            "intake.rateBurst", .integer(1...1_000_000, unit: "orders"), default: 100, reloads: true, perPartner: true,
            """
            How many orders of a partner with an intake.rateLimit are taken at once after a quiet time.
            """)

        static let requireReference = ConfigurationKey(
            "intake.requireReference", .flag, default: false, reloads: true, perPartner: true,
            """
            Whether an order without orderReference and without idempotencyKey is refused. With true, a second drop of an order can always \
            be told from a second order.
            """)

        static let possibleDuplicate = ConfigurationKey(
            "intake.possibleDuplicate", .choice, default: PossibleDuplicatePolicy.hold, reloads: true,
            """
            What happens to an order without reference and key whose content was accepted from the same partner under another file name \
            within intake.possibleDuplicateWindow: hold it for a person, accept it, or reject it.
            """)

        static let possibleDuplicateWindow = ConfigurationKey(
            "intake.possibleDuplicateWindow", .duration(.zero ... .seconds(30 * 86_400)), default: .seconds(86_400), reloads: true,
            """
            How far back intake.possibleDuplicate looks. With 0s it does not look.
            """)
    }
}
