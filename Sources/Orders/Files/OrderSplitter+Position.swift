extension OrderSplitter {
    /// How far into a file the orders have been handed out: enough to go on from there, after a restart too. All of it is plain integers.
    public struct Position: Sendable, Equatable {
        /// The next byte to be fed, counted from the file's start.
        public var offset: Int64
        /// The next order's index, from 0.
        public var index: Int
        /// The line of that byte, from 1.
        public var line: Int
        /// What comes next in the file's structure: a value to be kept and given back, of no meaning outside. 0 at a file's start.
        public var state: Int

        /// The start of a file.
        public init() {
            self.init(offset: 0, index: 0, line: 1, state: 0)
        }

        /// A position that was kept.
        public init(offset: Int64, index: Int, line: Int, state: Int) {
            self.offset = offset
            self.index = index
            self.line = line
            self.state = state
        }
    }
}
