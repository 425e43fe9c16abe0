extension Publisher {
    /// A file that is written piece by piece and gets its name when it is whole. One at a time in a directory.
    ///
    /// What is not published is removed when the draft goes.
    public final class Draft {
        private let publisher: Publisher
        private let directory: Descriptor
        private let mode: FileMode
        private var descriptor: Descriptor?

        fileprivate init(_ publisher: Publisher, _ directory: Descriptor, _ mode: FileMode) throws(FileError) {
            self.publisher = publisher
            self.directory = directory
            self.mode = mode
            descriptor = try publisher.createAnew(in: directory, mode)
        }

        deinit {
            guard let descriptor else { return }
            try? publisher.files.close(descriptor)
            _ = try? publisher.files.removeIfPresent(in: directory, publisher.temporary)
        }

        /// Writes the next piece.
        public func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
            if let descriptor { try publisher.files.write(descriptor, bytes) }
        }

        /// Gives the file its name, in place of what has that name. Nothing can be written after it. It is not synced.
        public func publish(as name: FileName) throws(FileError) {
            guard let descriptor else { return }
            if (try? publisher.files.status(descriptor))?.permissions != mode { try publisher.files.setMode(descriptor, to: mode) }
            self.descriptor = nil
            do throws(FileError) {
                try publisher.files.close(descriptor)
                try publisher.files.rename(from: directory, publisher.temporary, to: directory, name, replacing: true)
            } catch {
                _ = try? publisher.files.removeIfPresent(in: directory, publisher.temporary)
                throw error
            }
        }
    }

    /// Begins a file that is written piece by piece.
    ///
    /// - Parameters:
    ///   - directory: where; it must stay open until the draft is published or gone.
    ///   - mode: permission bits, set exactly, whatever the umask.
    public func draft(in directory: Descriptor, mode: FileMode = 0o640) throws(FileError) -> Draft {
        try Draft(self, directory, mode)
    }
}
