import Foundation

@testable import Orders

extension Harness {
    static let json = Harness(
        name: "json", meaning: "JSONParser, CanonicalForm, JSONWriter, PointerLocator", seeds: JSONSeeds.texts, words: JSONSeeds.words
    ) { input in
        let form = CanonicalForm.of(input)
        do throws(JSONFault) {
            let tree = try JSONValue.parse(input)
            guard let form else { return require(false, "what is JSON has a canonical form") }
            require(CanonicalForm.of(form) == form, "a canonical form is its own")
            var writer = JSONWriter()
            writer.value(tree)
            require((try? JSONValue.parse(writer.bytes)) == tree, "a tree that is written is read again")
            require(CanonicalForm.of(writer.bytes) == form, "spelling does not change the canonical form")
            Independent.check(tree, input)
            Pointers.check(tree, input)
        } catch {
            require(form == nil, "what is no JSON has no canonical form")
            require((0...input.count).contains(error.offset) && error.line >= 1 && error.column >= 1, "the fault lies in the text")
            Independent.check(error, input)
        }
    }
}

/// Foundation's parser as a second opinion.
enum Independent {
    /// What is read here must be read there.
    static func check(_ tree: JSONValue, _ input: UnsafeBufferPointer<UInt8>) {
        // Foundation takes only numbers that a Double can hold.
        guard JSONValues.numbers(tree).allSatisfy({ $0.utf8.count < 300 && Double($0).map(\.isFinite) == true }) else { return }
        let isRead = (try? JSONSerialization.jsonObject(with: Data(input), options: .fragmentsAllowed)) != nil
        require(isRead, "Foundation reads it too")
    }

    /// What is refused here as no JSON must not be read there; but Foundation guesses UTF-16 and UTF-32 by their zeros, and takes
    /// a comma before a closing bracket.
    static func check(_ fault: JSONFault, _ input: UnsafeBufferPointer<UInt8>) {
        guard [.syntax, .incomplete, .empty, .controlCharacter].contains(fault.code), !input.contains(0),
            !input.starts(with: [0xFE, 0xFF]), !input.starts(with: [0xFF, 0xFE])
        else { return }
        let isRead = (try? JSONSerialization.jsonObject(with: Data(input), options: .fragmentsAllowed)) != nil
        require(!isRead, "Foundation refuses it too: \(fault)")
    }
}

/// Places of a text that is JSON: each has a pointer that leads to a value.
private enum Pointers {
    static func check(_ tree: JSONValue, _ input: UnsafeBufferPointer<UInt8>) {
        guard let base = input.baseAddress, input.count <= 512 else { return }
        let pointers = PointerLocator.pointers(to: Array(0..<input.count), base: base, count: input.count)
        require(pointers.count == input.count, "a pointer for each place")
        // A name that holds a card number is masked in its pointer; written with escapes it may be one only when it is read.
        guard CardNumbers.ranges(in: input).isEmpty, !JSONValues.names(tree).contains(where: isMaskedOrCut) else { return }
        var last = ""
        for pointer in pointers where pointer != last {
            last = pointer
            require(leads(pointer, into: tree), "\(pointer) leads to a value")
        }
    }

    private static func isMaskedOrCut(_ name: String) -> Bool {
        if name.utf8.count > 400 { return true }
        var name = name
        return name.withUTF8 { !CardNumbers.ranges(in: $0).isEmpty }
    }

    private static func leads(_ pointer: String, into tree: JSONValue) -> Bool {
        guard !pointer.isEmpty else { return true }
        var value = tree
        // By bytes: to Character, a combining mark behind the slash is one with it.
        for token in pointer.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            switch value {
            case .array(let items):
                guard let index = Int(String(decoding: token, as: UTF8.self)) else { return false }
                // In an empty array the place is that of the value that is not there.
                if items.isEmpty { return index == 0 }
                guard items.indices.contains(index) else { return false }
                value = items[index]
            case .object(let members):
                guard let member = members.first(where: { JSONPointer.token($0.name).utf8.elementsEqual(token) }) else { return false }
                value = member.value
            default: return false
            }
        }
        return true
    }
}

/// Walks through trees.
enum JSONValues {
    static func numbers(_ value: JSONValue) -> [String] {
        switch value {
        case .number(let token): [token]
        case .array(let items): items.flatMap(numbers)
        case .object(let members): members.flatMap { numbers($0.value) }
        default: []
        }
    }

    static func names(_ value: JSONValue) -> [String] {
        switch value {
        case .array(let items): items.flatMap(names)
        case .object(let members): members.flatMap { [$0.name] + names($0.value) }
        default: []
        }
    }

    /// JSON by its grammar: names may stand twice, which masking can bring about.
    static func isGrammatical(_ bytes: [UInt8]) -> Bool {
        do throws(JSONFault) {
            _ = try JSONValue.parse(bytes)
            return true
        } catch {
            return error.code == .duplicateKey
        }
    }

    static func hasNoExponents(_ form: [UInt8]) -> Bool {
        guard let tree = try? JSONValue.parse(form) else { return false }
        return numbers(tree).allSatisfy { !$0.utf8.contains(UInt8(ascii: "e")) }
    }
}

/// What texts of JSON and of orders begin with.
enum JSONSeeds {
    static let orders = [
        #"{"customerId":"c","items":[{"productId":"p","quantity":2,"price":1.25}],"totalAmount":2.5}"#,
        #"{"customerId":"c","items":[{"productId":"p","quantity":1,"price":"10"}],"taxAmount":1,"shippingAmount":"2","discountAmount":3,"#
            + #""totalAmount":10,"currency":"JPY","orderReference":"r","idempotencyKey":"k","priority":-3,"placedAt":"2026-11-22T17:35:58Z","#
            + #""country":"UK","customer":{"name":"n","email":"e","phone":"1"},"payment":{"method":"m","token":"t"},"notes":"é\ud83d\ude00"}"#,
        #"{"customerId":"c","items":[],"totalAmount":1,"notes":"card 4111 1111 1111 1111"}"#, #"{"customerId":"\u0000","items":[{"#,
    ].map(bytes)

    static let texts =
        orders + [#"[null,true,false,-0.0,1e5,1E-400,"\ud83d\ude00\n",{"a":{"b":[]},"~/":1}]"#, #""\u0041""#, "[[[[1]]]]"].map(bytes)

    static let words = [
        "customerId", "items", "productId", "quantity", "price", "totalAmount", "currency", "GBP", "BHD", "JPY", "orderReference",
        "idempotencyKey", "placedAt", "country", "customer", "name", "email", "phone", "shipTo", "payment", "method", "token", "taxAmount",
        "shippingAmount", "discountAmount", "priority", "notes", "true", "false", "null", "\\u", "\\ud83d\\ude00", "4111111111111111",
        "4111-1111-1111-1111", "2026-11-22T17:35:58.5+01:00", "e-1", "9223372036854775807", "9999999999999", "{\"", "\":", "\",\"",
    ]
}
