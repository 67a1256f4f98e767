import Foundation
import HourglassTestSupport
import Testing

/// Damaged and wrong IDX files: one sentence, and nothing left behind.
struct BadDataTests {
  private let images = "train-images-idx3-ubyte"
  private let labels = "train-labels-idx1-ubyte"

  private func expectBad(
    _ scratch: Scratch, status: Int32 = 65, _ piece: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let outcome = try scratch.hourglass("train", "mnist-conv", "--data", "data", "--out", "run", "--json")
    expectRefusal(outcome, status: status, saying: piece, sourceLocation: sourceLocation)
    #expect(!scratch.exists("run"), "a folder was left", sourceLocation: sourceLocation)
    #expect(scratch.names("").filter { $0 != "data" }.isEmpty, sourceLocation: sourceLocation)
  }

  @Test func damagedImages() throws {
    let scratch = try Scratch()
    let good = try scratch.read("data/\(images)")
    func header(_ dimensions: [Int], magic: Int = 0x803) -> [UInt8] {
      bigEndian(magic) + dimensions.flatMap(bigEndian)
    }
    let cases: [([UInt8], String)] = [
      ([], "is empty"),
      (Array(good.prefix(10)), "too few"),
      (Array(good.prefix(good.count / 2)), "cut short"),
      (good + [0], "longer than it says"),
      (header([200, 28, 28], magic: 0xdead) + good[16...], "magic number"),
      (SmallData().labels(200), "labels"),
      (header([0, 28, 28]), "0 images"),
      (header([200, 0, 28]), "without rows"),
      (header([0xffff_ffff, 0xffff_ffff, 0xffff_ffff]), "more than"),
      (header([0xffff_ffff, 28, 28]) + good[16...], "cut short"),
      (header([199, 28, 28]) + good[16...], "longer than it says"),
      (Array("<html>not found</html>".utf8), "magic number"),
    ]
    for (bytes, piece) in cases {
      try scratch.write(bytes, "data/\(images)")
      try expectBad(scratch, piece)
    }
  }

  @Test func damagedGzip() throws {
    let scratch = try Scratch(data: false)
    try SmallData().write(to: scratch.folder("data"), isCompressed: true)
    let good = try scratch.read("data/\(images).gz")
    var flipped = good
    flipped[good.count - 6] ^= 1
    let cases: [([UInt8], String)] = [
      ([], "is empty"), (Array("<html>".utf8), "not gzip data"), (Array(good.prefix(good.count / 3)), ""),
      (flipped, ""), (good + [7], ""),
    ]
    for (bytes, piece) in cases {
      try scratch.write(bytes, "data/\(images).gz")
      try expectBad(scratch, piece.isEmpty ? "\(images).gz" : piece)
    }
  }

  @Test func filesThatDoNotBelongTogether() throws {
    let scratch = try Scratch()
    try scratch.write(SmallData().labels(199), "data/\(labels)")
    try expectBad(scratch, "199 labels")
    try scratch.write(scratch.read("data/\(images)"), "data/\(labels)")
    try expectBad(scratch, "holds images")
    try FileManager.default.removeItem(atPath: "\(scratch.path)/data/\(labels)")
    try expectBad(scratch, status: 1, labels)
    try FileManager.default.removeItem(atPath: "\(scratch.path)/data")
    #expect(try scratch.hourglass("train", "mnist-conv", "--data", "./data").status == 1)
  }

  @Test func imagesOfAnotherSize() throws {
    let scratch = try Scratch(data: false)
    try SmallData(side: 20).write(to: scratch.folder("data"))
    try expectBad(scratch, "(1, 20, 20)")
    #expect(try scratch.hourglass("train", "mnist-conv", "--data", "data", "--out", "run").status == 65)
  }

  @Test func unknownDataSets() throws {
    let scratch = try Scratch(data: false)
    for command in [["data", "mnits"], ["train", "mnist-conv", "--data", "mnits"]] {
      expectRefusal(try scratch.hourglass(command), status: 64, saying: "mnits", "did you mean mnist?")
    }
    // Known, but neither here nor to be had.
    expectRefusal(
      try scratch.hourglass("data", "mnist"), status: 1, saying: "mnist is not on this machine", "--data")
    #expect(scratch.names("cache/mnist").isEmpty)
  }
}
