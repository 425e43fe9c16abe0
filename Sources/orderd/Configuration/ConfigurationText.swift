/// What `docs/configuration.md` and orderd.yaml(5) say before they come to the keys. Markdown, of which the manual takes the marks of code and
/// stress.
enum ConfigurationText {
    static let opening =
        "`orderd` needs no configuration: every key has a default. What differs is put into a YAML file, the environment or an option."

    /// Where a value may stand, the later before the earlier.
    static let places: [(name: String, text: String)] = [
        (
            "File",
            "`--config FILE`, else `$ORDERD_CONFIG`, else the first that exists of "
                + Configuration.searchPath.map { "`\($0)`" }.joined(separator: ", ")
                + ". `etc/orderd.yaml` lists every key, commented out at its default. `intake: {settle: 2s}` and `intake.settle: 2s` mean the same."
        ),
        (
            "Environment",
            "`ORDERD_INTAKE_SETTLE=2s` goes before the file. The variable of each key is given below. Lists are written with commas."
        ),
        ("Option", "`--set intake.settle=2s` goes before both, and may be given several times."),
    ]

    static let rules = [
        """
        An unknown key, a key given twice, or a value of the wrong kind or out of range is refused at start, and at SIGHUP, where the daemon
        then goes on with what it had. All problems are listed, each with its place and what is allowed. `SIGHUP` reads the file again: keys
        marked for it take effect at once, a change of any other is logged and waits for the next start.
        """,
        """
        Durations are a whole number and `ms`, `s`, `m`, `h` or `d`; sizes a whole number and `B`, `kB`, `MB`, `GB`, `TB` (powers of 1000) or `KiB`, `MiB`,
        `GiB`, `TiB` (powers of 1024).
        """,
    ]

    static let perPartner = "Keys marked for it can be set for one partner as well, under its name:"

    static let perPartnerExample = ["partners:", "  acme:", "    order:", "      currency: EUR"]
}
