/// The views of orders: all of them, their lines, and those that are still in the queue.
extension SQLView {
    static let orders = SQLView(
        name: "v_orders",
        columns: [
            Column(
                "seq", "INTEGER", "o.seq",
                "the number of the event that accepted it: the order of arrival. `WHERE seq > ?` reads what is new, by an index"),
            Column("order_id", "TEXT", "o.id", "its id; look-ups by it use an index"),
            Column("partner", "TEXT", "o.partner", "whose it is"),
            Column(
                "customer_id", "TEXT", masked("o.customer"), "`customerId`; masked where it looks like a mail address or a telephone number"
            ),
            Column("order_reference", "TEXT", isOptional: true, masked("o.reference"), "`orderReference`; masked likewise"),
            Column(
                "status", "TEXT", status,
                "as partners see it: `PENDING`, `PROCESSING`, `COMPLETED`, `REJECTED`, `FAILED`, `CANCELLED`, `ON_HOLD`"),
            Column(
                "stage", "TEXT", "o.stage",
                "where its file lies: a step's name, `compensate`, `deferred`, `hold`, `failed`, `done`, `cancelled`, `rejected`"),
            Column("step", "TEXT", isOptional: true, "nullif(o.step, '')", "the first step that is not done; null when all are"),
            Column("reason", "TEXT", isOptional: true, "o.reason", "why it waits or ended: a [stable word](formats.md#reasons)"),
            Column(
                "charge", "TEXT", "o.charge",
                "how it is paid: `none`, `requested`, `account`, `captured`, `declined`, `refund-requested`, `refunded`, `credited`"),
            Column("attempts", "INTEGER", "o.attempts", "attempts used for `step`"),
            Column("next_attempt_at", "TEXT", isOptional: true, time("o.next_at"), "when the next attempt is due"),
            Column("currency", "TEXT", "o.currency", "ISO 4217"),
            Column("minor_digits", "INTEGER", digits, "digits of the currency's minor unit: 2 for GBP, 0 for JPY"),
            Column("total_amount", "TEXT", decimal("o.total"), "the total as decimal text, for reading"),
            Column("total_minor", "INTEGER", "o.total", "the total in minor units, for sums. Never add up different currencies"),
            Column("tax_minor", "INTEGER", "o.tax", "tax in it, minor units"),
            Column("shipping_minor", "INTEGER", "o.shipping", "shipping in it, minor units"),
            Column("discount_minor", "INTEGER", "o.discount", "discount taken off, minor units"),
            Column("units", "INTEGER", "o.units", "pieces, over all lines"),
            Column("line_count", "INTEGER", "o.line_count", "lines"),
            Column("country", "TEXT", isOptional: true, "o.country", "`country`, as dropped"),
            Column("priority", "INTEGER", "o.priority", "-9 to 9, higher first"),
            Column("placed_at", "TEXT", isOptional: true, "o.placed", "`placedAt`, as dropped"),
            Column("payment_method", "TEXT", isOptional: true, masked("o.method"), "`payment.method`; masked likewise"),
            Column("accepted_at", "TEXT", time("o.created"), "when it was accepted"),
            Column("updated_at", "TEXT", time("o.updated"), "when it last changed"),
            Column(
                "ended_at", "TEXT", isOptional: true, "CASE WHEN o.day IS NOT NULL THEN \(time("o.updated")) END",
                "when it came to rest: done, cancelled or rejected"),
            Column("ended_on", "TEXT", isOptional: true, "o.day", "the UTC day of that, `2026-11-22`"),
            Column(
                "seconds_to_end", "REAL", isOptional: true, "CASE WHEN o.day IS NOT NULL THEN (o.updated - o.created) / 1000.0 END",
                "from accepted to there"),
            Column("bytes", "INTEGER", "o.size", "size of its file"),
        ],
        source: "orders o")

    static let lines = SQLView(
        name: "v_lines",
        columns: [
            Column("seq", "INTEGER", "l.order_seq", "`seq` of the order"),
            Column("order_id", "TEXT", "o.id", "the order's id"),
            Column("line", "INTEGER", "l.line", "its place in `items`, from 0"),
            Column("partner", "TEXT", "o.partner", "whose order it is"),
            Column("status", "TEXT", status, "the order's, as in `v_orders`"),
            Column("product_id", "TEXT", "l.product", "`productId`"),
            Column("product_name", "TEXT", isOptional: true, "c.name", "what the catalogue calls it now"),
            Column("quantity", "INTEGER", "l.quantity", "pieces"),
            Column("price_minor", "INTEGER", "l.price", "price of one piece, minor units"),
            Column("amount_minor", "INTEGER", "l.quantity * l.price", "both multiplied, minor units"),
            Column("currency", "TEXT", "o.currency", "ISO 4217"),
            Column("country", "TEXT", isOptional: true, "o.country", "the order's"),
            Column("accepted_at", "TEXT", time("o.created"), "when the order was accepted"),
            Column("ended_on", "TEXT", isOptional: true, "o.day", "the UTC day on which the order came to rest"),
        ],
        source: "lines l JOIN orders o ON o.seq = l.order_seq LEFT JOIN catalogue c ON c.product = l.product")

    static let queue = SQLView(
        name: "v_queue",
        columns: [
            Column("seq", "INTEGER", "o.seq", "`seq` of the order"),
            Column("order_id", "TEXT", "o.id", "the order's id"),
            Column("partner", "TEXT", "o.partner", "whose it is"),
            Column("stage", "TEXT", "o.stage", "the directory of `queue/` it lies in, without its number"),
            Column("status", "TEXT", status, "as in `v_orders`"),
            Column("step", "TEXT", isOptional: true, "nullif(o.step, '')", "the first step that is not done"),
            Column(
                "waits_for", "TEXT",
                "CASE WHEN o.stage IN ('hold', 'failed') THEN 'person' WHEN o.stage = 'deferred' THEN 'time' ELSE 'turn' END",
                "`person`: somebody must decide; `time`: its next attempt; `turn`: its step, or the answer to a call"),
            Column("reason", "TEXT", isOptional: true, "o.reason", "why it waits: a [stable word](formats.md#reasons)"),
            Column("priority", "INTEGER", "o.priority", "-9 to 9, higher first"),
            Column("attempts", "INTEGER", "o.attempts", "attempts used for `step`"),
            Column("next_attempt_at", "TEXT", isOptional: true, time("o.next_at"), "when the next attempt is due"),
            Column("since", "TEXT", time("o.updated"), "when it last changed"),
            Column("age_seconds", "INTEGER", "max(0, CAST(strftime('%s', 'now') AS INTEGER) - o.updated / 1000)", "from then to now"),
            Column("currency", "TEXT", "o.currency", "ISO 4217"),
            Column("total_minor", "INTEGER", "o.total", "the total, minor units"),
            Column("accepted_at", "TEXT", time("o.created"), "when it was accepted"),
        ],
        source: "orders o WHERE o.day IS NULL")
}
