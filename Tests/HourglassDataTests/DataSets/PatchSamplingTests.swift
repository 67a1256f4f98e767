import Foundation
import HourglassBase
import HourglassData
import HourglassPictures
import HourglassTestSupport
import Testing

struct PatchSamplingTests {
  private let directory = ScratchFolder()

  /// A picture in which every pixel tells where it lies: red its column, green its row, blue the picture's number.
  private func write(_ name: String, number: UInt8, width: Int, height: Int) throws {
    var bytes: [UInt8] = []
    for y in 0..<height { for x in 0..<width { bytes += [UInt8(x), UInt8(y), number] } }
    try directory.write(
      PNG.encode(Picture(width: width, height: height, channels: 3, trusted: bytes)), name)
  }

  private func writePhotos() throws {
    try write("b.png", number: 101, width: 40, height: 9)
    try write("a.png", number: 100, width: 8, height: 60)
    try write("sub/c.PNG", number: 102, width: 200, height: 150)
    try directory.write([1, 2, 3], "notes.txt")
  }

  private func bytes(_ samples: any SampleSource, _ index: Int) -> [UInt8] {
    samples.sample(index).map { UInt8(($0 * 255).rounded()) }
  }

  @Test func patchesArePartsOfPhotosInTurn() throws {
    try writePhotos()
    let data = try PatchSampling(size: 8, count: 100).load(directory: directory.path, channels: 3, seed: 5)
    #expect(data.training.shape == [3, 8, 8] && data.training.count == 100 && !data.hasTest)
    #expect(data.pictures == (0..<100).map { $0 % 3 })
    let side = data.training.shape[1]
    #expect(data.patchNote == "The samples are patches of \(side) x \(side) pixels, cut from 3 photos.")
    let sizes = [(8, 60), (40, 9), (200, 150)]
    var poses: Set<String> = []
    for index in 0..<100 {
      let patch = bytes(data.training, index)
      let (columns, rows) = (Array(patch[..<64]), Array(patch[64..<128]))
      #expect(patch[128...].allSatisfy { $0 == 100 + UInt8(index % 3) })
      // Eight neighbouring columns and rows, each pixel once, within the photo.
      let places = Set(zip(columns, rows).map { Int($0) << 8 | Int($1) })
      #expect(places.count == 64)
      #expect(columns.max()! - columns.min()! == 7 && rows.max()! - rows.min()! == 7)
      #expect(Int(columns.max()!) < sizes[index % 3].0 && Int(rows.max()!) < sizes[index % 3].1)
      // Neighbours stay neighbours.
      let step = (Int(columns[1]) - Int(columns[0]), Int(rows[1]) - Int(rows[0]))
      let down = (Int(columns[8]) - Int(columns[0]), Int(rows[8]) - Int(rows[0]))
      #expect(abs(step.0) + abs(step.1) == 1 && abs(down.0) + abs(down.1) == 1)
      poses.insert("\(step) \(down)")
    }
    #expect(poses.count == 8)
  }

  @Test func drawsDependOnTheSeedAlone() throws {
    try writePhotos()
    func load(_ seed: UInt64, grey: Double = 0) throws -> [Float] {
      try PatchSampling(size: 6, count: 30, greyShare: grey).load(
        directory: directory.path, channels: 3, seed: seed
      ).training.floats
    }
    #expect(try load(1) == load(1))
    #expect(try load(1) != load(2))
  }

  @Test func someBecomeGrey() throws {
    try writePhotos()
    func greys(_ share: Double) throws -> Int {
      let data = try PatchSampling(size: 6, count: 300, greyShare: share).load(
        directory: directory.path, channels: 3, seed: 1)
      return (0..<300).count { index in
        let patch = bytes(data.training, index)
        return patch[..<36] == patch[36..<72] && Array(patch[36..<72]) == Array(patch[72...])
      }
    }
    #expect(try greys(0) == 0)
    #expect(try greys(1) == 300)
    // Three deviations of 300 draws are 22.5.
    #expect(abs(try greys(0.25) - 75) < 23)
    let grey = try PatchSampling(size: 6, count: 3).load(directory: directory.path, channels: 1, seed: 1)
    #expect(grey.training.shape == [1, 6, 6])
  }

  /// Half the size or less, so that columns and rows rise more slowly.
  @Test func someAreEnlarged() throws {
    try write("a.png", number: 100, width: 60, height: 60)
    func spans(_ share: Double) throws -> [Int] {
      let data = try PatchSampling(size: 12, count: 200, softShare: share).load(
        directory: directory.path, channels: 3, seed: 1)
      return (0..<200).map { index in
        let columns = bytes(data.training, index)[..<144]
        return Int(columns.max()! - columns.min()!) + 1
      }
    }
    #expect(try spans(0).allSatisfy { $0 == 12 })
    #expect(Set(try spans(1)) == [3, 4, 6])
    // Three deviations of 200 draws are 18.
    #expect(abs(try spans(0.25).count { $0 < 12 } - 50) < 19)
  }

  @Test func testPartHasPatchesOfItsOwn() throws {
    try write("train/a.png", number: 7, width: 30, height: 30)
    try write("test/b.png", number: 9, width: 30, height: 30)
    let data = try PatchSampling(size: 5, count: 80).load(directory: directory.path, channels: 3, seed: 1)
    #expect(data.training.count == 80 && data.test.count == 10)
    #expect((0..<10).allSatisfy { bytes(data.test, $0)[50...].allSatisfy { $0 == 9 } })
    #expect((0..<80).allSatisfy { bytes(data.training, $0)[50...].allSatisfy { $0 == 7 } })
  }

  @Test func morePhotosThanPatches() throws {
    for number in 0..<9 {
      try write("\(number).png", number: UInt8(number), width: 6, height: 6)
    }
    let data = try PatchSampling(size: 4, count: 5).load(directory: directory.path, channels: 3, seed: 1)
    #expect(data.training.count == 5 && Set(data.pictures).count == 5)
    for index in 0..<5 { #expect(Int(bytes(data.training, index)[40]) == data.pictures[index]) }
  }

  /// Patches are those of the photos that are left, as if the others had never been drawn.
  @Test func brokenPhotosAreLeftOut() throws {
    for number in 0..<6 { try write("\(number).png", number: UInt8(number), width: 12, height: 12) }
    let sampling = try PatchSampling(size: 8, count: 20)
    func load(isStrict: Bool = false) throws -> DataSet {
      try sampling.load(directory: directory.path, channels: 3, seed: 4, isStrict: isStrict)
    }
    #expect(try load().notes.isEmpty)
    try directory.write([1, 2, 3], "1.png")
    // Too small for a patch.
    try write("4.png", number: 4, width: 7, height: 12)
    try directory.write([1], "x.tif")
    let data = try load()
    #expect(data.training.count == 20 && data.pictures == (0..<20).map { [0, 2, 3, 5][$0 % 4] })
    for index in 0..<20 {
      #expect(bytes(data.training, index)[128...].allSatisfy { $0 == data.pictures[index] })
    }
    #expect(data.notes.count == 2 && data.notes[0].hasPrefix("1 file was left out: 1 .tif ("))
    #expect(
      data.notes[1].hasPrefix(
        "2 of 6 pictures of \(directory.path) cannot be used and are left out; the first"))
    #expect(thrownError { _ = try load(isStrict: true) }.says("1.png: it is neither"))
    for name in ["2.png", "3.png"] { try directory.write([1], name) }
    #expect(thrownError { _ = try load() }.says("4 of 6 pictures", "more than half"))
  }

  @Test func refusals() throws {
    let sampling = try PatchSampling(size: 8, count: 10)
    func expect(_ words: String, _ code: HourglassError.Code, _ folder: String, channels: Int = 3) {
      let error = thrownError { _ = try sampling.load(directory: folder, channels: channels, seed: 1) }
      #expect(error.code == code && error.message.contains(words), "\(error.message)")
    }
    expect("There is no folder \(directory.path)/none", .environment, "\(directory.path)/none")
    expect("has no PNG, JPEG or WebP picture", .environment, directory.path)
    try write("small.png", number: 1, width: 20, height: 7)
    expect(
      "small.png has 7 x 20 pixels (rows x columns), less than a patch of 8 x 8", .badData, directory.path)
    expect("to 7 at most", .badData, directory.path)
    expect("1 or 3 channels, but the model takes 2", .usage, directory.path, channels: 2)
    try directory.write(Array("no picture".utf8), "small.png")
    expect("neither a PNG nor a JPEG", .badData, directory.path)
  }
}
