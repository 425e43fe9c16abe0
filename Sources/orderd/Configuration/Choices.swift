// The words that keys with a fixed list of values accept. The raw value is the word in the configuration file.

/// What to do with an order without a key whose content came before under another file name.
enum PossibleDuplicatePolicy: String, CaseIterable, Sendable { case hold, accept, reject }

/// What to do where `totalAmount` is not what the lines, tax, shipping and discount add up to.
enum TotalMismatchPolicy: String, CaseIterable, Sendable { case reject, hold }

/// What to do with an order above a limit on quantity or amount.
enum OverLimitPolicy: String, CaseIterable, Sendable { case hold, reject }

/// What to do with a line whose price is zero.
enum ZeroPricePolicy: String, CaseIterable, Sendable { case hold, accept, reject }

/// What to do with a product that the loaded catalogue does not have.
enum UnknownProductPolicy: String, CaseIterable, Sendable { case reject, hold, accept }

/// What to do with a product that has no stock row.
enum UnknownStockPolicy: String, CaseIterable, Sendable { case allow, hold, reject }

/// What to do where stock is known and does not suffice.
enum ShortStockPolicy: String, CaseIterable, Sendable { case hold, `defer`, reject }

/// Who charges.
enum PaymentGatewayKind: String, CaseIterable, Sendable { case account, simulated, socket }

/// How log lines look.
enum LogFormat: String, CaseIterable, Sendable { case auto, text, json }

/// The least severe level that is logged.
enum LogLevel: String, CaseIterable, Sendable { case trace, debug, info, notice, warning, error, critical }
