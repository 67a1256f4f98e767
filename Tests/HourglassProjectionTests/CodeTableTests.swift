import HourglassBase
import HourglassProjection
import HourglassTestSupport
import Testing

struct CodeTableTests {
  private let scratch = ScratchFolder()
  private let names = HostileNames.all

  private func utf8(_ texts: [String]) -> [[UInt8]] { texts.map { Array($0.utf8) } }

  /// However its file is called, a code has as many cells as its head, and is read back.
  @Test func hostileNamesStayCells() throws {
    let codes = SampleArray(
      trustedFloats: names.indices.flatMap { [Float($0), -0.5] }, count: names.count, shape: [2])
    let path = "\(scratch.path)/codes.csv"
    try CodeTable.write(codes, labels: names.indices.map { $0 }, names: names, to: path)
    let read = rows(ofTable: try scratch.read("codes.csv"))
    #expect(read.count == names.count + 1 && read.allSatisfy { $0.count == 4 })
    #expect(utf8(read.dropFirst().map { $0[3] }) == utf8(names))
    #expect(read[2][1] == "-0.5")
    #expect(try CodeTable.read(path: path, shape: [2]).floats == codes.floats)
  }

  @Test func hostileMapsAndClassesStayCells() throws {
    let positions = PointClouds.positions(names.count, extent: 4)
    try CodeTable.write(
      [CodeTable.Columns("", positions)] + names.map { CodeTable.Columns($0, positions) },
      labels: names.indices.map { UInt8($0) }, classNames: names, names: names, to: "\(scratch.path)/map.csv")
    let read = rows(ofTable: try scratch.read("map.csv"))
    let width = 4 + 2 * names.count + 1
    #expect(read.count == names.count + 1 && read.allSatisfy { $0.count == width })
    #expect(utf8(Array(read[0][4..<width - 1])) == utf8(names.flatMap { ["\($0)_x", "\($0)_y"] }))
    #expect(utf8(read.dropFirst().map { $0[3] }) == utf8(names))
    #expect(utf8(read.dropFirst().map { $0[width - 1] }) == utf8(names))
  }
}
