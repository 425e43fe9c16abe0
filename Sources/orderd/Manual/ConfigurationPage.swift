extension ManualPage {
    /// orderd.yaml(5), from the table of keys.
    static func configuration() -> ManualPage {
        var blocks: [Block] = [.section("Description")]
        blocks += [.text(ConfigurationText.opening), .terms(ConfigurationText.places.map { Term($0.name, $0.text) })]
        blocks += ConfigurationText.rules.map(Block.text)
        blocks += [.section("Per partner"), .text(ConfigurationText.perPartner), .code(ConfigurationText.perPartnerExample)]
        for section in Keys.sections {
            blocks += [.section(section.name), .text(section.about)]
            blocks += [
                .terms(Keys.all.filter { $0.section == section.name }.map { Term("`\($0.path)`", "\($0.meaning) \(facts($0))") })
            ]
        }
        blocks += [
            .section("Files"),
            .terms(Configuration.searchPath.map { Term("`\($0)`", "Read where it is the first that is there.") }),
            .section("Examples"),
            .code([
                "spool:", "  directory: /var/spool/orderd", "intake:", "  rateLimit: 6000", "payment:", "  gateway: socket",
                "  socket: /run/payments/orderd.sock", "partners:", "  acme:", "    order:", "      currency: EUR",
            ]),
            .text("Before a reload:"),
            .code(["orderd config check && systemctl reload orderd", "orderd config show --changed"]),
            .section("See also"),
            .text("orderd(1), orderd-spool(7)"),
        ]
        return ManualPage(name: "orderd.yaml", section: 5, summary: "configuration of orderd", blocks: blocks)
    }

    private static func facts(_ key: AnyConfigurationKey) -> String {
        let standard = key.defaultSetting.text.isEmpty && !key.isList ? "none" : "`\(key.yamlDefault)`"
        var text = "Default: \(standard). Allowed: \(key.expectation). Variable: `\(key.environmentName)`. "
        text += key.reloads ? "SIGHUP applies a change." : "A change needs a restart."
        return key.perPartner ? text + " Can be set per partner." : text
    }
}
