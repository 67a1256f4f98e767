import HourglassBase
import HourglassData
import HourglassFiles
import HourglassTestSupport
import Testing

struct TarArchiveTests {
  private let directory = ScratchFolder()

  private func unpack(_ bytes: [UInt8], _ members: [String] = ["a/one", "a/two"]) throws {
    let path = try directory.write(bytes, "archive")
    try TarArchive.unpack(path, members: members, memberLimit: 2000, into: "\(directory.path)/out")
  }

  private let one = [UInt8](1...200) + [UInt8](repeating: 9, count: 512)
  private let two: [UInt8] = [7]

  @Test(arguments: [false, true]) func unpacks(compressed: Bool) throws {
    let archive = tar(
      tarMember("a/", [], kind: "5"), tarMember("note", Array("30 mtime=1\n".utf8), kind: "x"),
      tarMember("./a/one", one), tarMember("a/else", [1, 2, 3]), tarMember("a/two", two))
    try unpack(compressed ? gzip(archive) : archive)
    #expect(directory.names(in: "out") == ["one", "two"])
    #expect(try BoundedFile.read("\(directory.path)/out/one", limit: 2000) == one)
    #expect(try BoundedFile.read("\(directory.path)/out/two", limit: 2000) == two)
  }

  @Test func writesNothingButWhatWasAskedFor() throws {
    let hostile = [
      "../../evil", "/tmp/evil", "a/../../evil", "a/one/../../evil", "evil", "a/one/", "b/one", "one",
      "a//one",
    ]
    for name in hostile {
      let error = thrownError { try unpack(tar(tarMember(name, [1]))) }
      #expect(error.code == .badData)
      #expect(error.says("/archive lacks a/one, a/two; give the archive of the data set"))
      #expect(directory.names(in: "out").isEmpty)
    }
    #expect(directory.names(in: "") == ["archive"])
    for kind: Character in ["1", "2", "3", "5", "L"] {
      let error = thrownError { try unpack(tar(tarMember("a/one", [], kind: kind))) }
      #expect(error.says("a/one in \(directory.path)/archive is no regular file"))
    }
    #expect(directory.names(in: "out").isEmpty)
  }

  @Test func refusesWhatIsTooLarge() throws {
    let large = [UInt8](repeating: 0, count: 2001)
    let error = thrownError { try unpack(tar(tarMember("a/one", large))) }
    #expect(error.says("has 2001 bytes, more than the 2000 allowed"))
    for declared in [1 << 31, (1 << 33) - 1] {
      let bomb = tarMember("other", [], declared: declared)
      let error = thrownError { try unpack(tar(bomb)) }
      #expect(error.says("unpacks to more than 1073741824 bytes"))
    }
  }

  /// Whatever of an archive is cut off or changed, nothing else comes out than what went in, or it is refused.
  @Test func survivesDamage() throws {
    let archive = tar(tarMember("a/one", one), tarMember("a/two", two))
    for count in stride(from: 0, to: archive.count - 1024 - 511, by: 29) {
      let error = thrownError { try unpack(Array(archive.prefix(count))) }
      #expect(error.code == .badData)
    }
    let zipped = gzip(archive)
    for count in stride(from: 0, to: zipped.count - 1600, by: 29) {
      _ = thrownError { try unpack(Array(zipped.prefix(count))) }
    }
    var random = TestNumbers(8)
    for _ in 0..<100 {
      do {
        try unpack(random.mutating(archive))
      } catch let error as HourglassError {
        #expect(error.code == .badData, "\(error)")
      }
    }
    #expect(Set(directory.names(in: "out")).isSubset(of: ["one", "two"]))
  }

  @Test func saysWhereItIsDamaged() throws {
    var archive = tar(tarMember("a/one", one), tarMember("a/two", two))
    archive[1536 + 3] ^= 1
    let error = thrownError { try unpack(archive) }
    #expect(error.says("/archive is no tar archive, or damaged at byte 1536 of its content; fetch"))
    #expect(thrownError { try unpack(Array("<html>".utf8)) }.says("at byte 0"))
  }
}
