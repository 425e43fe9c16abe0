extension JSONWriter {
    /// A member with a string; left out where there is none.
    public mutating func member(_ name: StaticString, _ text: String?) {
        guard let text else { return }
        key(name)
        value(text)
    }

    /// A member with a number.
    public mutating func member(_ name: StaticString, _ number: Int64) {
        key(name)
        value(number)
    }

    /// A member with a number.
    public mutating func member(_ name: StaticString, _ number: Int) {
        key(name)
        value(Int64(number))
    }

    /// A member with a number; left out where there is none.
    public mutating func member(_ name: StaticString, _ number: Int64?) {
        guard let number else { return }
        key(name)
        value(number)
    }

    /// A member with `true` or `false`.
    public mutating func member(_ name: StaticString, _ truth: Bool) {
        key(name)
        value(truth)
    }

    /// A member with a time as RFC 3339; left out where there is none.
    public mutating func member(_ name: StaticString, _ time: Timestamp?) {
        guard let time else { return }
        key(name)
        value(time)
    }

    /// A member with an id's text.
    public mutating func member(_ name: StaticString, _ id: some TypeID) {
        key(name)
        value(id)
    }

    /// A member with an id's text; left out where there is none.
    public mutating func member(_ name: StaticString, _ id: (some TypeID)?) {
        guard let id else { return }
        key(name)
        value(id)
    }
}
