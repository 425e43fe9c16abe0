import Testing

@testable import orderd

@Suite struct SSHPublicKeyTests {
    private func fault(_ text: String) -> String {
        do throws(SSHPublicKey.Fault) {
            _ = try SSHPublicKey.keys(in: Array(text.utf8))
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test(arguments: [
        SampleKey.ed25519, SampleKey.ecdsa256, SampleKey.ecdsa384, SampleKey.ecdsa521, SampleKey.rsa, SampleKey.skEd25519,
        SampleKey.skECDSA,
    ])
    func everyKindIsTakenAsItWasWritten(text: String) throws {
        let keys = try SSHPublicKey.keys(in: Array((text + "\r\n").utf8))
        #expect(keys.map(\.line) == [text])
    }

    @Test func fingerprintsAreThoseOfSSHKeygen() throws {
        #expect(
            try SSHPublicKey.keys(in: Array(SampleKey.ed25519.utf8)).map(\.fingerprint) == [
                "SHA256:9tU69+HMu8/G7srfX+7sSZaEqg2oDYDmwTlm0qWyA48"
            ])
    }

    @Test func aFileMayHoldCommentsAndKeysTwice() throws {
        let text = "# of acme\n\n\(SampleKey.ed25519)\n  \(SampleKey.rsa)\n\(SampleKey.ed25519) again\n"
        #expect(try SSHPublicKey.keys(in: Array(text.utf8)).map(\.kind) == ["ssh-ed25519", "ssh-rsa"])
    }

    @Test(arguments: [
        "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----\n",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n", "-----BEGIN PRIVATE KEY-----\n", "PuTTY-User-Key-File-3: ssh-ed25519\n",
        SampleKey.ed25519 + "\n-----BEGIN EC PRIVATE KEY-----\n",
    ])
    func aPrivateKeyIsRefusedInWordsThatSayWhy(text: String) {
        #expect(fault(text).contains("private key"))
        #expect(fault(text).contains("public half"))
    }

    @Test(arguments: [
        ("", "there is no key in it"), ("# nothing\n", "there is no key in it"), ("hello world\n", "\"hello\" is no kind of key"),
        ("ssh-ed25519\n", "is not base64"), ("ssh-ed25519 AAAA*\n", "is not base64"),
        ("ssh-ed25519 AAAA\n", "line 1: the key is not whole"),
        (String(SampleKey.ed25519.prefix(60)), "not"), (SampleKey.shortRSA, "this RSA key has 1024 bits"),
        (SampleKey.ed25519.replacing("ssh-ed25519 ", with: "ssh-rsa "), "not of the kind ssh-rsa"),
        (SampleKey.ecdsa256.replacing("ecdsa-sha2-nistp256 ", with: "ecdsa-sha2-nistp384 "), "not of the kind"),
        ("\n\n" + SampleKey.ed25519.replacing("AAAAC3", with: "AAAAD3"), "line 3: "),
        ("ssh-dss AAAAB3NzaC1kc3M=", "DSA"), ("ssh-ed25519-cert-v01@openssh.com AAAA", "certificate"),
        ("command=\"/bin/sh\" " + SampleKey.ed25519, "options before the key"), ("no-pty " + SampleKey.ed25519, "options before the key"),
        ("---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n", "ssh-keygen -i -f FILE"), ("\u{0}\u{1}\u{2}", "no file of OpenSSH public keys"),
    ])
    func whatIsNoKeyIsRefused(text: String, words: String) {
        #expect(fault(text).contains(words), "\(fault(text))")
    }

    @Test func aCommentHasNoControlCharacters() throws {
        let text = SampleKey.ed25519.replacing("key of acme", with: "a\u{1b}[2Jb")
        let line = try SSHPublicKey.keys(in: Array(text.utf8)).map(\.line).joined()
        #expect(!line.unicodeScalars.contains("\u{1b}"))
    }
}
