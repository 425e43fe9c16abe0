/// Amounts become minor units once the whole order, and with it the currency, is read.
extension OrderPass {
    /// The order, or `nil` where a fault was found.
    mutating func finish() -> Order? {
        let currency = currency ?? rules.defaultCurrency
        if currencyIsUnsound { return nil }
        guard judgeDigits(currency), faults.isEmpty, let customerId, let total = total?.minorUnits(digits: currency.digits) else {
            return nil
        }
        let digits = currency.digits
        var lines: [OrderLine] = []
        lines.reserveCapacity(scratch.lines.count)
        var sum: Int64 = 0
        for line in scratch.lines {
            guard let price = line.price.minorUnits(digits: digits) else { return nil }
            let (product, isTooLarge) = line.quantity.multipliedReportingOverflow(by: price)
            let (next, overflows) = sum.addingReportingOverflow(product)
            if isTooLarge || overflows {
                faults.add(.outOfRange, at: line.price.offset, "expected lines that add up to less than 2^63 minor units, found more")
                return nil
            }
            sum = next
            lines.append(OrderLine(productId: line.productId, quantity: line.quantity, price: price))
        }
        var order = Order(
            customerId: customerId, lines: lines, currency: currency, totalAmount: total,
            taxAmount: tax?.minorUnits(digits: digits) ?? 0, shippingAmount: shipping?.minorUnits(digits: digits) ?? 0,
            discountAmount: discount?.minorUnits(digits: digits) ?? 0, orderReference: orderReference, idempotencyKey: idempotencyKey,
            placedAt: placedAt, country: country, paymentMethod: paymentMethod, paymentToken: paymentToken, priority: priority)
        return compareTotal(&order, lineSum: sum) ? order : nil
    }

    /// Names each amount that has more digits after the point than the currency.
    @discardableResult
    mutating func judgeDigits(_ currency: Currency) -> Bool {
        var isSound = true
        for line in scratch.lines where line.price.fractionDigits > currency.digits {
            isSound = false
            tooManyDigits(line.price, currency)
        }
        for amount in [total, tax, shipping, discount] {
            if let amount, amount.fractionDigits > currency.digits {
                isSound = false
                tooManyDigits(amount, currency)
            }
        }
        return isSound
    }

    private mutating func tooManyDigits(_ amount: Amount, _ currency: Currency) {
        faults.add(
            .tooManyDigits, at: amount.offset,
            "expected at most \(currency.digits) digits after the point, as \(currency.code) has; found \(amount.fractionDigits)")
    }

    private mutating func compareTotal(_ order: inout Order, lineSum: Int64) -> Bool {
        // The three amounts have at most 17 digits each; only the lines' sum can come near the limit.
        let (withTax, first) = lineSum.addingReportingOverflow(order.taxAmount)
        let (withShipping, second) = withTax.addingReportingOverflow(order.shippingAmount)
        guard !first, !second, let start = total?.offset else {
            faults.add(.outOfRange, at: total?.offset ?? 0, "expected amounts that add up to less than 2^63 minor units, found more")
            return false
        }
        let computed = withShipping - order.discountAmount
        order.totalDifference = order.totalAmount - computed
        if order.totalDifference.magnitude <= UInt64(max(rules.tolerance, 0)) || rules.totalMismatch == .letThrough { return true }
        let digits = order.currency.digits
        func text(_ amount: Int64) -> String { decimalText(amount, digits: digits) }
        var parts = "lines \(text(lineSum))"
        if order.taxAmount != 0 { parts += " + tax \(text(order.taxAmount))" }
        if order.shippingAmount != 0 { parts += " + shipping \(text(order.shippingAmount))" }
        if order.discountAmount != 0 { parts += " - discount \(text(order.discountAmount))" }
        faults.add(
            .totalMismatch, at: start,
            "expected \(text(computed)) \(order.currency.code) (\(parts)), found \(text(order.totalAmount))")
        return false
    }
}
