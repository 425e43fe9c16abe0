/// The name that the package manager's linker line wants as the program's start. It hands over to libFuzzer, which brings a `main` of its own for
/// programs that are built otherwise.
@_cdecl("fuzz_main")
public func start(_ argc: CInt, _ argv: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> CInt {
    var (argc, argv) = (argc, argv)
    initialize()
    return runDriver(&argc, &argv) { testOneInput($0, $1) }
}

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ argc: UnsafeMutablePointer<CInt>, _ argv: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ one: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt
