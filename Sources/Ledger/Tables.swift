import Orders

/// The tables of one ledger, with what a batch has touched held in memory until `flush`.
///
/// `apply` is the one way in, for the running daemon and for a rebuild; a row is written once a batch however often it changed.
final class Tables {
    let connection: Connection

    /// An event as it goes into its table.
    struct EventRow {
        let seq: Int64
        let at: Int64
        let kind: String
        let subject: String
        let data: [UInt8]
        let hash: [UInt8]
        let personal: PersonalPart?
    }

    struct StockRow {
        var onHand: Int64
        var reserved: Int64
        var isDirty: Bool
    }

    struct ReservationRow {
        let order: Int64
        let product: String
        let quantity: Int64
        let state: String
    }

    struct EffectRow {
        let order: Int64
        let request: EffectRequest?
        let outcome: EffectOutcome?
        let effect: String
        let at: Int64
    }

    struct StageKey: Hashable {
        let stage: String
        let partner: String
    }

    struct DayKey: Hashable {
        let day: String
        let partner: String
        /// A verdict for drops, a currency for orders.
        let third: String
    }

    struct DayDelta {
        var accepted: Int64 = 0
        var completed: Int64 = 0
        var cancelled: Int64 = 0
        var rejected: Int64 = 0
        var units: Int64 = 0
        var amount: Int64 = 0
    }

    struct DropDelta {
        var drops: Int64 = 0
        var counts = EntryCounts()
    }

    struct ProductKey: Hashable {
        let product: ExactText
        let partner: String
        let currency: String
    }

    struct ProductDelta {
        var orders: Int64 = 0
        var units: Int64 = 0
        var amount: Int64 = 0
    }

    struct IdentityKey: Hashable {
        let partner: String
        let key: ExactText

        init(partner: String, key: String) {
            self.partner = partner
            self.key = ExactText(key)
        }
    }

    var events: [EventRow] = []
    var orders: [OrderID: OrderRecord] = [:]
    var dirtyOrders: [OrderRecord] = []
    var keys: [IdentityKey: OrderRecord] = [:]
    var contents: [IdentityKey: [OrderRecord]] = [:]
    var drops: [DropID: DropRecord] = [:]
    var slices: [(drop: Int64, number: Int, results: [UInt8])] = []
    var stock: [ExactText: StockRow?] = [:]
    var reservations: [ReservationRow] = []
    var effects: [EffectRow] = []
    var outbox: [(order: Int64, kind: String, at: Int64)] = []
    var products: [CatalogueEntry] = []
    var partners: [(change: PartnerChange, at: Int64)] = []
    var pauses: [(pause: Pause, isOn: Bool, at: Int64)] = []
    var stages: [StageKey: Int64] = [:]
    var dropTotals: [DayKey: DropDelta] = [:]
    var dayTotals: [DayKey: DayDelta] = [:]
    var productTotals: [ProductKey: ProductDelta] = [:]
    var summaries = Summaries()
    private var cachedDay: (number: Int64, text: String) = (.min, "")

    init(_ connection: Connection) { self.connection = connection }

    /// Forgets what was not flushed, and all that was loaded.
    func forget() {
        events.removeAll(keepingCapacity: true)
        orders.removeAll(keepingCapacity: true)
        dirtyOrders.removeAll(keepingCapacity: true)
        keys.removeAll(keepingCapacity: true)
        contents.removeAll(keepingCapacity: true)
        drops.removeAll(keepingCapacity: true)
        slices.removeAll(keepingCapacity: true)
        stock.removeAll(keepingCapacity: true)
        reservations.removeAll(keepingCapacity: true)
        effects.removeAll(keepingCapacity: true)
        outbox.removeAll(keepingCapacity: true)
        products.removeAll(keepingCapacity: true)
        partners.removeAll(keepingCapacity: true)
        pauses.removeAll(keepingCapacity: true)
        stages.removeAll(keepingCapacity: true)
        dropTotals.removeAll(keepingCapacity: true)
        dayTotals.removeAll(keepingCapacity: true)
        productTotals.removeAll(keepingCapacity: true)
        summaries.forget()
    }

    // MARK: What is there now

    func order(_ id: OrderID) throws(LedgerError) -> OrderRecord? {
        if let known = orders[id] { return known }
        let row = try connection.statement("SELECT \(Rows.orderColumns) FROM orders WHERE id = ?1")
        row.bind(1, id.text)
        guard try row.step() else { return nil }
        let record = try keep(row)
        row.reset()
        return record
    }

    /// The record of a row, or the one already in memory for it: two records of one order would overwrite each other.
    func keep(_ row: Statement) throws(LedgerError) -> OrderRecord {
        if let id = OrderID(row.text(1)), let known = orders[id] { return known }
        let record = try Rows.order(row)
        orders[record.id] = record
        return record
    }

    func order(partner: String, key: String) throws(LedgerError) -> OrderRecord? {
        if let known = keys[IdentityKey(partner: partner, key: key)] { return known }
        let row = try connection.statement("SELECT \(Rows.orderColumns) FROM orders WHERE partner = ?1 AND key = ?2")
        row.bind(1, partner)
        row.bind(2, key)
        guard try row.step() else { return nil }
        let record = try keep(row)
        row.reset()
        return record
    }

    /// Orders without a key of this content, the newest first, at most 64.
    func orders(partner: String, content: [UInt8]) throws(LedgerError) -> [OrderRecord] {
        var found = Array((contents[IdentityKey(partner: partner, key: Hex.text(content))] ?? []).reversed())
        let row = try connection.statement(
            "SELECT \(Rows.orderColumns) FROM orders WHERE partner = ?1 AND content = ?2 ORDER BY seq DESC LIMIT 64")
        row.bind(1, partner)
        row.bind(2, blob: content)
        while try row.step() { found.append(try keep(row)) }
        return found
    }

    func loadLines(of order: OrderRecord) throws(LedgerError) {
        guard !order.hasLines else { return }
        let row = try connection.statement("SELECT product, quantity, price FROM lines WHERE order_seq = ?1 ORDER BY line")
        row.bind(1, order.seq)
        var lines: [OrderLine] = []
        lines.reserveCapacity(order.lineCount)
        while try row.step() {
            lines.append(OrderLine(productId: row.text(0), quantity: row.integer(1), price: row.integer(2)))
        }
        order.order.lines = lines
        order.hasLines = true
    }

    func stockRow(_ product: String) throws(LedgerError) -> StockRow? {
        let key = ExactText(product)
        if let known = stock[key] { return known }
        let row = try connection.statement("SELECT on_hand, reserved FROM stock WHERE product = ?1")
        row.bind(1, product)
        var found: StockRow?
        if try row.step() {
            found = StockRow(onHand: row.integer(0), reserved: row.integer(1), isDirty: false)
            row.reset()
        }
        stock.updateValue(found, forKey: key)
        return found
    }

    func drop(_ id: DropID) throws(LedgerError) -> DropRecord? {
        if let known = drops[id] { return known }
        // Only drops that are still open are asked for, and they are few.
        let row = try connection.statement("SELECT \(Rows.dropColumns) FROM drops WHERE verdict IS NULL AND id = ?1")
        row.bind(1, id.text)
        guard try row.step() else { return nil }
        let record = try Rows.drop(row)
        row.reset()
        drops[id] = record
        return record
    }

    /// The UTC day of a time; the same day is asked for again and again.
    func day(_ at: Timestamp) -> String {
        let number = at.milliseconds / 86_400_000
        if cachedDay.number != number { cachedDay = (number, at.day) }
        return cachedDay.text
    }
}
