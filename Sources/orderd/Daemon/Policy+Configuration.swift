import Orders
import Spool
import Stages

extension Policy {
    /// The pipeline's view of the configuration.
    ///
    /// - Throws: where a value is well formed and still no good, such as a currency that ISO 4217 does not know.
    init(_ configuration: Configuration) throws(StartError) {
        self.init()
        settle = configuration[Keys.Intake.settle].inNanoseconds
        resumeDeadline = configuration[Keys.Intake.resumeDeadline].inNanoseconds
        rescan = configuration[Keys.Intake.rescan].inNanoseconds
        slice = configuration[Keys.Intake.sliceOrders]
        maximumFileSize = configuration[Keys.Intake.maxFileSize]
        window = configuration[Keys.Intake.window]
        possibleDuplicate = Treatment(rawValue: configuration[Keys.Intake.possibleDuplicate].rawValue) ?? .hold
        possibleDuplicateWindow = configuration[Keys.Intake.possibleDuplicateWindow].inMilliseconds
        diskReserve = configuration[Keys.Intake.diskReserve]
        reading = try Self.rules(configuration, partner: nil)
        for partner in configuration.partnersWithSettings { partnerReading[partner] = try Self.rules(configuration, partner: partner) }
        rateLimit = Self.rateLimit(configuration[Keys.Intake.rateLimit], configuration[Keys.Intake.rateBurst])
        for partner in configuration.partnersWithSettings {
            partnerRateLimits[partner] = .some(
                Self.rateLimit(
                    configuration[Keys.Intake.rateLimit, partner: partner], configuration[Keys.Intake.rateBurst, partner: partner]))
        }
        maximumQuantity = configuration[Keys.Validate.maxQuantity]
        maximumAmount = configuration[Keys.Validate.maxAmount].minorUnits(digits: 2)
        overLimit = Treatment(rawValue: configuration[Keys.Validate.overLimit].rawValue) ?? .hold
        zeroPrice = Treatment(rawValue: configuration[Keys.Validate.zeroPrice].rawValue) ?? .hold
        unknownProduct = Treatment(rawValue: configuration[Keys.Validate.unknownProduct].rawValue) ?? .reject
        blockedCustomers = Set(configuration[Keys.Validate.blockedCustomers])
        switch configuration[Keys.Stock.unknown] {
        case .allow: unknownStock = .accept
        case .hold: unknownStock = .hold
        case .reject: unknownStock = .reject
        }
        shortStock = Treatment(rawValue: configuration[Keys.Stock.short].rawValue) ?? .hold
        paymentConcurrency = configuration[Keys.Payment.concurrency]
        keyLife = configuration[Keys.Payment.keyLife].inMilliseconds
        retryLimit = configuration[Keys.Retry.limit]
        retryBase = configuration[Keys.Retry.base].inMilliseconds
        retryCap = configuration[Keys.Retry.cap].inMilliseconds
        breakerThreshold = configuration[Keys.Retry.breakerThreshold]
        breakerPause = configuration[Keys.Retry.breakerPause].inMilliseconds
    }

    private static func rateLimit(_ orders: Int, _ burst: Int) -> RateLimit? {
        orders > 0 ? RateLimit(ordersPerMinute: Int64(orders), burst: Int64(burst)) : nil
    }

    private static func rules(_ configuration: Configuration, partner: String?) throws(StartError) -> ReadingRules {
        let code = partner.map { configuration[Keys.Order.currency, partner: $0] } ?? configuration[Keys.Order.currency]
        guard let currency = Currency(code) else {
            let place = partner.map { "partners.\($0).order.currency" } ?? "order.currency"
            throw .configuration("\(place): expected an active code of ISO 4217, found \(code)")
        }
        return ReadingRules(
            defaultCurrency: currency, tolerance: configuration[Keys.Order.totalTolerance],
            totalMismatch: configuration[Keys.Order.totalMismatch] == .hold ? .letThrough : .refuse,
            requireReference: partner.map { configuration[Keys.Intake.requireReference, partner: $0] }
                ?? configuration[Keys.Intake.requireReference],
            maximumLines: configuration[Keys.Order.maxLines], maximumOrderBytes: Int(configuration[Keys.Intake.maxOrderSize]))
    }
}
