extension Keys {
    /// How orders are read.
    enum Order {
        static let currency = ConfigurationKey(
            "order.currency", .currencyCode, default: "GBP", reloads: true, perPartner: true,
            """
            The currency of an order that names none. Orders already accepted keep theirs.
            """)

        static let maxLines = ConfigurationKey(
            "order.maxLines", .integer(1...1_000_000, unit: "lines"), default: 10_000, reloads: true,
            """
            An order of more lines is refused.
            """)

        static let totalTolerance = ConfigurationKey(
            "order.totalTolerance", .integer(Int64(0)...1_000_000, unit: "minor units"), default: 0, reloads: true,
            """
            By how much totalAmount may differ from lines + tax + shipping - discount, in minor units of the order's currency (pence, cents). \
            Raise it for partners that round each line.
            """)

        static let totalMismatch = ConfigurationKey(
            "order.totalMismatch", .choice, default: TotalMismatchPolicy.reject, reloads: true,
            """
            What happens where totalAmount differs by more than order.totalTolerance: reject the order with its receipt, or accept it and \
            hold it for a person.
            """)
    }

    /// The first step: what an order must be to go on.
    enum Validate {
        static let maxQuantity = ConfigurationKey(
            "validate.maxQuantity", .integer(Int64(1)...1_000_000_000, unit: "pieces"), default: 100_000, reloads: true,
            """
            The most pieces of one product in an order, all lines of the product together. What happens above it says validate.overLimit.
            """)

        static let maxAmount = ConfigurationKey(
            "validate.maxAmount", .amount, default: DecimalAmount.hundredThousand, reloads: true,
            """
            The highest totalAmount, in the order's own currency. What happens above it says validate.overLimit.
            """)

        static let overLimit = ConfigurationKey(
            "validate.overLimit", .choice, default: OverLimitPolicy.hold, reloads: true,
            """
            What happens to an order above validate.maxQuantity or validate.maxAmount: hold it for a person, or reject it.
            """)

        static let zeroPrice = ConfigurationKey(
            "validate.zeroPrice", .choice, default: ZeroPricePolicy.hold, reloads: true,
            """
            What happens to an order with a line whose price is zero: hold it for a person, accept it (samples, replacements), or reject it.
            """)

        static let unknownProduct = ConfigurationKey(
            "validate.unknownProduct", .choice, default: UnknownProductPolicy.reject, reloads: true,
            """
            What happens to an order for a product that the catalogue does not have. Without a loaded catalogue every product is accepted.
            """)

        static let blockedCustomers = ConfigurationKey(
            "validate.blockedCustomers", .list(of: "customer ids", atMost: 10_000), default: [], reloads: true,
            """
            Orders of these customers, of any partner, do not pass the validate step. Orders that have passed it go on.
            """)
    }

    /// The second step: reserving stock.
    enum Stock {
        static let unknown = ConfigurationKey(
            "stock.unknown", .choice, default: UnknownStockPolicy.allow, reloads: true,
            """
            What happens to an order for a product that has no stock row: allow it without a reservation, hold it for a person, or reject it.
            """)

        static let short = ConfigurationKey(
            "stock.short", .choice, default: ShortStockPolicy.hold, reloads: true,
            """
            What happens where stock is known and does not suffice for the whole order: hold it for a person, defer it and try again as \
            the retry section says, or reject it.
            """)
    }

    /// The third step: charging.
    enum Payment {
        static let gateway = ConfigurationKey(
            "payment.gateway", .choice, default: PaymentGatewayKind.account, reloads: false,
            """
            Who charges. account passes the order on to be invoiced and calls nobody. simulated answers by documented tokens, for trials. \
            socket asks the program that listens at payment.socket.
            """)

        static let socket = ConfigurationKey(
            "payment.socket", .path(optional: true), default: "", reloads: false,
            """
            The Unix socket of the payment gateway; needed with payment.gateway: socket.
            """)

        static let timeout = ConfigurationKey(
            "payment.timeout", .duration(.milliseconds(10) ... .seconds(300)), default: .seconds(10), reloads: false,
            """
            How long one call to the gateway may take. After it the outcome is unknown, and is asked again under the same idempotency key.
            """)

        static let concurrency = ConfigurationKey(
            "payment.concurrency", .integer(1...1024, unit: "calls"), default: 16, reloads: false,
            """
            How many calls to the gateway are under way at once.
            """)

        static let keyLife = ConfigurationKey(
            "payment.keyLife", .duration(.seconds(1) ... .seconds(30 * 86_400)), default: .seconds(86_400), reloads: false,
            """
            How long the gateway remembers an idempotency key. A charge with an unknown outcome that is older is looked up or held as \
            uncertain; it is never charged anew. Never set it longer than the gateway promises.
            """)

        static let simulatedDelay = ConfigurationKey(
            "payment.simulatedDelay", .duration(.zero ... .seconds(60)), default: .zero, reloads: false,
            """
            How long the simulated gateway takes to answer.
            """)
    }

    /// The fourth step: handing to fulfilment.
    enum Fulfil {
        static let warehouse = ConfigurationKey(
            "fulfil.warehouse", .partnerName, default: "warehouse", reloads: false,
            """
            The partner in whose pick/ directory fulfilment requests are put. orderd init makes one of the default's name.
            """)
    }
}

extension DecimalAmount {
    /// Above the largest order of the reference data, 77,183.60.
    fileprivate static let hundredThousand = DecimalAmount(tenThousandths: 1_000_000_000)
}
