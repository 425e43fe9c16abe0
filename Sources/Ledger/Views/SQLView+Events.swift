/// The view of everything that happened.
extension SQLView {
    static let events = SQLView(
        name: "v_events",
        columns: [
            Column("seq", "INTEGER", "e.seq", "the event's number, from 1, without gaps; look-ups and ranges by it use an index"),
            Column("recorded_at", "TEXT", time("e.at"), "when it was recorded; never before the event before it"),
            Column("day", "TEXT", "strftime('%Y-%m-%d', e.at / 1000, 'unixepoch')", "the UTC day of that"),
            Column("type", "TEXT", "e.kind", "as in the [journal](formats.md#journal), without `orderd.`"),
            Column(
                "subject", "TEXT", isOptional: true, "nullif(e.subject, '')", "the id of an order or a dropped file, or a partner's name"),
            Column("partner", "TEXT", isOptional: true, partner, "whose order or file it is about"),
            Column("step", "TEXT", isOptional: true, ofOrders("$.step"), "the step that it is about"),
            Column("to_stage", "TEXT", isOptional: true, ofOrders("$.to"), "where the order lies from then on"),
            Column("reason", "TEXT", isOptional: true, ofOrders("$.reason"), "a [stable word](formats.md#reasons)"),
            Column("attempts", "INTEGER", isOptional: true, ofOrders("$.attempts"), "attempts used by then; null for none"),
            Column("next_attempt_at", "TEXT", isOptional: true, time("(\(ofOrders("$.nextAttempt")))"), "when the next attempt is due"),
            Column(
                "by_person", "INTEGER", "json_type(e.data, '$.by') IS NOT NULL",
                "1 where somebody asked for it, 0 where orderd did it by itself. Who is in the journal"),
            Column("effect", "TEXT", isOptional: true, ofEffects("$.effect"), "a call to the outside: `charge`, `refund`"),
            Column(
                "effect_state", "TEXT", isOptional: true,
                "CASE e.kind WHEN 'effect.requested' THEN 'requested' WHEN 'effect.settled' THEN json_extract(e.data, '$.state') END",
                "what came of it: `requested`, `captured`, `declined`, `refunded`, `none`"),
            Column(
                "amount_minor", "INTEGER", isOptional: true,
                "CASE e.kind WHEN 'order.accepted' THEN json_extract(e.data, '$.total') WHEN 'effect.requested' THEN json_extract(e.data, '$.amount') END",
                "the total of an accepted order, the amount of a call; minor units"),
            Column(
                "currency", "TEXT", isOptional: true,
                "CASE WHEN e.kind IN ('order.accepted', 'effect.requested') THEN json_extract(e.data, '$.currency') END", "ISO 4217"),
            Column(
                "verdict", "TEXT", isOptional: true,
                "CASE WHEN e.kind IN ('drop.judged', 'drop.closed') THEN json_extract(e.data, '$.verdict') END",
                "on a dropped file: `accepted`, `partial`, `rejected`, `duplicate`, `conflict`"),
        ],
        // An event about an order has its partner from there. What is about no order finds none, and costs one look into the index.
        source: "events e LEFT JOIN orders o ON o.id = e.subject")

    private static let partner = """
        CASE WHEN o.seq IS NOT NULL THEN o.partner WHEN e.kind = 'partner.changed' THEN e.subject ELSE json_extract(e.data, '$.partner') END
        """

    /// A member of events about orders only: in others a member of this name may be what a person typed.
    private static func ofOrders(_ member: String) -> String {
        "CASE WHEN e.kind GLOB 'order.*' THEN json_extract(e.data, '\(member)') END"
    }

    private static func ofEffects(_ member: String) -> String {
        "CASE WHEN e.kind GLOB 'effect.*' THEN json_extract(e.data, '\(member)') END"
    }
}
