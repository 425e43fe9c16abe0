import Foundation
import Testing

@testable import orderd

/// What shells offer, as `orderd generate` writes it for them.
@Suite struct CompletionTests {
    /// What bash offers for words, the last of which is being typed.
    private func offered(_ spool: CommandSpool, _ words: String...) throws -> [String] {
        try spool.must("generate", spool.folder + "/share")
        let program = URL(fileURLWithPath: try Child.binary()).deletingLastPathComponent().path
        let script = try spool.write(
            """
            source "\(spool.folder)/share/bash-completion/completions/orderd"
            COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
            _orderd "$1" "${@: -1}" "${@: -2:1}"
            printf '%s\\n' "${COMPREPLY[@]}"
            """, to: "complete.sh")
        let variables = ["PATH": "\(program):/usr/bin:/bin", "ORDERD_CONFIG": "\(spool.folder)/orderd.yaml", "ORDERD_SPOOL": spool.root]
        let result = try Tool.run(["bash", script] + words, environment: variables)
        #expect(result.errors.isEmpty, "\(result.errors)")
        return result.text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    }

    @Test(.enabled(if: hasTools("bash"), "bash is not installed"))
    func bashOffersVerbsOptionsValuesAndPartners() throws {
        let spool = try CommandSpool.withAcme()
        let verbs = try offered(spool, "orderd", "")
        #expect(Set(verbs).isSuperset(of: ["run", "partner", "why", "check", "config"]) && !verbs.contains("generate"), "\(verbs)")
        #expect(try offered(spool, "orderd", "partner", "ad") == ["add"])
        #expect(try offered(spool, "orderd", "submit", "--repl") == ["--replace"])
        #expect(try offered(spool, "orderd", "list", "--partner", "ac") == ["acme"])
        #expect(try offered(spool, "orderd", "run", "--set", "intake.rateL").contains("intake.rateLimit="))
        #expect(try offered(spool, "orderd", "run", "--spool", spool.folder + "/sp").contains(spool.root))
    }

    @Test(arguments: [
        ("bash", "-n", "bash-completion/completions/orderd"), ("zsh", "-n", "zsh/vendor-completions/_orderd"),
        ("fish", "--no-execute", "fish/vendor_completions.d/orderd.fish"),
    ])
    func eachShellReadsItsFile(shell: String, option: String, path: String) throws {
        guard hasTools(shell) else { return }  // zsh and fish are seldom there
        let spool = try CommandSpool()
        try spool.must("generate", spool.folder + "/share")
        let result = try Tool.run(shell, option, "\(spool.folder)/share/\(path)")
        #expect(result.code == 0 && result.errors.isEmpty, "\(shell): \(result.errors)")
    }

    @Test func theDateIsTheBuildsAndNotTheClocks() {
        #expect(GenerateCommand.day("1795478400") == "2026-11-24")
        #expect(GenerateCommand.day(nil).wholeMatch(of: /\d{4}-\d\d-\d\d/) != nil)
    }
}
