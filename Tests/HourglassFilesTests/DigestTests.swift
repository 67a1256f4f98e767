import HourglassFiles
import HourglassTestSupport
import Testing

struct DigestTests {
  /// The digest that FIPS 180-2 gives for "abc".
  private static let ofABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

  @Test func digestsBytes() {
    #expect(sha256Hex(Array("abc".utf8)) == Self.ofABC)
    #expect(hexadecimal(sha256("abc")) == Self.ofABC)
    #expect(sha256Hex([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
  }

  @Test func digestsFilesInPieces() throws {
    let directory = ScratchFolder()
    #expect(try sha256Hex(file: directory.write(Array("abc".utf8), "abc")) == Self.ofABC)
    let long = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    #expect(try sha256Hex(file: directory.write(long, "long")) == sha256Hex(long))
  }

  @Test func refusesAMissingFile() throws {
    let error = thrownError { _ = try sha256Hex(file: "/nowhere/file") }
    #expect(error.code == .environment)
    #expect(error.says("/nowhere/file does not exist", "check the name"))
  }
}
