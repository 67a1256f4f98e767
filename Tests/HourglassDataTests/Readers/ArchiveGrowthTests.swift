import HourglassBase
import HourglassData
import HourglassTestSupport
import Testing

@Suite struct ArchiveGrowthTests {
  private let scratch = ScratchFolder()

  /// Long names that begin alike, and are not those that are looked for.
  private func archive(_ members: Int) throws -> String {
    let beginning = String(repeating: "\u{e9}", count: 2500)
    return try scratch.write(
      zip((0..<members).map { .init("\(beginning)\(1000 + $0)", [0]) }), "\(members).npz")
  }

  @Test func membersOfZipGrowInProportion() throws {
    let paths = [400: try archive(400), 800: try archive(800)]
    let ratio = growth(from: 400) { count in
      let error = thrownError { _ = try ArrayDataSet.load(path: paths[count] ?? "") }
      #expect(error.says("but must hold x_train"))
    }
    #expect(ratio < 3.5)
  }

  @Test func endlessMarksInNamesAreRefused() throws {
    let path = try scratch.write(zip([.init(marked(30_000), [0])]), "marks.npz")
    let error = thrownError { _ = try ArrayDataSet.load(path: path) }
    #expect(error.code == .badData && error.says("more than 1,000 marks in a row in its name"), "\(error)")
    #expect(error.message.unicodeScalars.count < 1000)
  }

  @Test func membersOfTarGrowInProportion() throws {
    func archive(_ members: Int) throws -> String {
      let all = (0..<members).flatMap { tarMember("a/\($0)", [1]) }
      return try scratch.write(tar(all), "\(members).tar")
    }
    let paths = [1000: try archive(1000), 2000: try archive(2000)]
    let ratio = growth(from: 1000) { count in
      let error = thrownError {
        try TarArchive.unpack(paths[count] ?? "", members: ["b"], memberLimit: 1, into: scratch.path)
      }
      #expect(error.says("lacks b"))
    }
    #expect(ratio < 3.5)
  }

  /// Blanks, and extents with many digits.
  @Test func headersOfArraysGrowInProportion() throws {
    func array(_ length: Int, _ filling: String) throws -> String {
      let header =
        "{'descr': '<f4', 'fortran_order': False, 'shape': (\(String(repeating: filling, count: length))1, 1), }\n"
      return try scratch.write(npyFile(header: header, [0, 0, 0, 0]), "\(filling)\(length).npy")
    }
    for filling in [" ", "0"] {
      let paths = [4000: try array(4000, filling), 8000: try array(8000, filling)]
      let ratio = try growth(from: 4000) { count in
        for _ in 0..<20 { _ = try NPY.read(path: paths[count] ?? "") }
      }
      #expect(ratio < 3.5)
    }
  }
}
