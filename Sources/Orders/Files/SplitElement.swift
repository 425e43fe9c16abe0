/// One order's text, as ``OrderSplitter`` finds it in a file; not judged yet.
public struct SplitElement {
    /// The order's place in the file, from 0; lines without anything on them do not count.
    public let index: Int
    /// The line on which its text begins, from 1.
    public let line: Int
    /// Where in the file its text begins, in bytes.
    public let offset: Int64
    /// The text, valid in the call only. Empty where ``fault`` is set.
    public let bytes: UnsafeBufferPointer<UInt8>
    /// Set for an order of more bytes than are taken: ``FaultCode/tooLarge``, at the order's root.
    public let fault: Fault?
}

/// How a file ends.
public enum SplitEnd: Sendable, Equatable {
    /// It is whole. `isMany` tells an array or lines from one object.
    case complete(orders: Int, isMany: Bool)
    /// Its end came too soon, so that more bytes could mend it: inside an order or an array, or before anything came (``FaultCode/empty``).
    case endsEarly(Fault)
    /// It is no file of orders from some place on, which more bytes cannot mend. The orders before that place were handed out.
    case malformed(Fault)
}
