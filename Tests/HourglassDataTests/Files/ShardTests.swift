import Foundation
import HourglassBase
import HourglassData
import HourglassFiles
import HourglassPictures
import HourglassTestSupport
import Testing

/// Folders of shards: what is written is what is read, and nothing of them is believed.
@Suite struct ShardTests {
  private let scratch = ScratchFolder()
  private var folder: String { "\(scratch.path)/shards" }
  private var manifestPath: String { "\(folder)/manifest.json" }

  private func load(_ keep: DataKeeping? = nil, _ path: String? = nil) async throws -> DataSet {
    try await DataDescription(DataSource(path ?? folder), keep: keep).load()
  }

  /// 23 + 4 samples of 6 bytes with labels.
  private func bytesSet() throws -> DataSet {
    try DataSet(
      name: "bytes", training: SampleArray(bytes: (0..<138).map { UInt8($0) }, count: 23, shape: [1, 2, 3]),
      trainingLabels: (0..<23).map { $0 % 3 },
      test: SampleArray(bytes: (0..<24).map { UInt8(3 * $0) }, count: 4, shape: [1, 2, 3]),
      testLabels: [2, 1, 0, 1], classNames: ["a", "b", "c"])
  }

  private func write(_ set: DataSet? = nil, bytes: Int = 30) throws {
    let set = try set ?? bytesSet()
    let written = try ShardFolder.write(set, source: "a source", to: folder, bytes: bytes)
    #expect(written.samples == set.training.count + set.test.count)
  }

  // MARK: - There and back

  @Test func whatIsWrittenIsRead() async throws {
    let set = try bytesSet()
    try write()
    #expect(
      scratch.names(in: "shards/train") == (0..<5).map { "labels-0000\($0).npy" }
        + (0..<5).map { "part-0000\($0).npy" })
    #expect(scratch.names(in: "shards/test") == ["labels-00000.npy", "part-00000.npy"])
    for keep in [DataKeeping.memory, .file] {
      let read = try await load(keep)
      #expect((read.training is FileSamples) == (keep == .file) && read.notes.isEmpty == (keep == .memory))
      #expect(read.name == "bytes" && read.form == set.form && read.training.element == set.training.element)
      #expect(try read.training.array().bytes == set.training.array().bytes)
      #expect(try read.test.array().bytes == set.test.array().bytes)
      // Over the ends of files.
      let some: [UInt32] = [22, 3, 4, 5, 6, 19, 20, 0]
      #expect(try read.training.array(some).bytes == set.training.array(some).bytes)
      #expect(read.trainingLabels == set.trainingLabels && read.testLabels == set.testLabels)
      #expect(read.classNames == ["a", "b", "c"] && read.shardCounts == [5, 5, 5, 5, 3])
    }
    // Each file is one of NumPy's.
    #expect(try NPY.read(path: "\(folder)/train/part-00004.npy").count == 3)
    #expect(try ShardFolder.check(folder) == (12, 27))
  }

  @Test func seriesStayWhatTheyAre() async throws {
    let floats = (0..<40).map { Float($0) / 3 }
    let set = try DataSet(name: "series", training: SampleArray(floats: floats, count: 4, shape: [2, 5]))
    try write(set, bytes: 1)
    for keep in [DataKeeping.memory, .file] {
      let read = try await load(keep)
      #expect(
        read.form == .series(channels: 2, length: 5) && !read.hasTest && read.shardCounts == [1, 1, 1, 1])
      #expect(try read.training.array().floats == floats)
      #expect(try read.training.valueRange() == set.training.valueRange())
    }
  }

  @Test func anEmptyFolderGivesWayAndAFullOneDoesNot() throws {
    try scratch.folder("shards")
    try write()
    expectSentence([folder, "is a folder that holds something already"], .usage) { try write() }
    let file = try scratch.write("a", "file")
    expectSentence([file, "is a file, but is to be a folder"], .usage) {
      _ = try ShardFolder.write(bytesSet(), source: "s", to: file, bytes: 100)
    }
  }

  /// Neither of what was written, nor of the folder it was written to.
  @Test func nothingStaysOfWorkThatEnds() throws {
    struct Enough: Error {}
    #expect(throws: Enough.self) {
      _ = try ShardFolder.write(bytesSet(), source: "s", to: folder, bytes: 30) { _ in throw Enough() }
    }
    #expect(scratch.names() == [])
    FileFaults.failing(.write, at: "\(scratch.path)/", ENOSPC) {
      expectSentence(["the disk is full"], .environment) { try write() }
    }
    FileFaults.failing(.rename, at: folder, EIO) {
      expectSentence(["Cannot write \(folder)"], .environment) { try write() }
    }
    #expect(scratch.names() == [])
  }

  // MARK: - Pictures and tables

  @Test func picturesAreUnpackedInBlocks() async throws {
    for (name, level) in [("train/cat/a", 10), ("train/cat/b", 20), ("train/dog/c", 30), ("test/dog/d", 40)] {
      let picture = try Picture(
        samples: [Float](repeating: Float(level) / 255, count: 12), shape: [1, 3, 4])
      try scratch.folder("photos/\(name.split(separator: "/").dropLast().joined(separator: "/"))")
      try picture.write(to: "\(scratch.path)/photos/\(name).png")
    }
    try scratch.write("no picture", "photos/train/cat/z.png")
    var description = DataDescription(DataSource("\(scratch.path)/photos"))
    description.fitting.extent = .resize(height: 2, width: 2)
    let memory = try await description.load()
    let written = try await ShardFolder.write(description, to: folder, bytes: 8)
    #expect(written.samples == 4 && written.files == 3)
    #expect(written.notes == memory.notes && written.notes.contains { $0.contains("1 of 5 pictures") })
    let read = try await load()
    #expect(try read.training.array().bytes == memory.training.array().bytes)
    #expect(try read.test.array().bytes == memory.test.array().bytes)
    #expect(read.trainingLabels == memory.trainingLabels && read.classNames == ["cat", "dog"])
    #expect(read.testLabels == [1] && read.training.element == memory.training.element)
  }

  @Test func theNumbersOfATableAreSamples() async throws {
    let lines = (0..<5000).map { "\($0),\(Double($0) / 8),\($0 % 7)" }
    let path = try scratch.write("id,x,y\n" + lines.joined(separator: "\n") + "\n", "a.csv")
    let written = try ShardFolder.write(table: path, ignoring: ["id"], to: folder, bytes: 8000)
    #expect(written.columns == ["x", "y"] && written.samples == 5000 && written.files == 5)
    let read = try await load(.file)
    #expect(read.training.shape == [2] && read.name == "a.csv")
    #expect(try read.training.array().floats == (0..<5000).flatMap { [Float($0) / 8, Float($0 % 7)] })
  }

  @Test func whatIsNoNumberIsRefused() throws {
    for (text, words) in [
      ("x,y\n1,a\n2,b\n", "Column \"y\" of \(scratch.path)/a.csv holds texts"),
      ("x,y\n1,2\n2,\n", "Row 2 of \(scratch.path)/a.csv has no number in column \"y\""),
      ("x,y\n1,2\n2,1e200\n", "too large for 32 bits"),
    ] {
      let path = try scratch.write(text, "a.csv")
      expectSentence([words], .badData) { _ = try ShardFolder.write(table: path, to: folder, bytes: 100) }
    }
    let path = try scratch.write("x,y\n1,2\n2,3\n", "a.csv")
    expectSentence(["has no column \"z\""], .usage) {
      _ = try ShardFolder.write(table: path, ignoring: ["z"], to: folder, bytes: 100)
    }
    #expect(!scratch.exists("shards"))
  }

  // MARK: - Damage

  @Test func checkFindsWhatChanged() throws {
    try write()
    var bytes = try scratch.read("shards/train/part-00002.npy")
    bytes[bytes.count - 1] ^= 1
    try scratch.write(bytes, "shards/train/part-00002.npy")
    expectSentence(["train/part-00002.npy has changed"], .badData) { _ = try ShardFolder.check(folder) }
    expectSentence(["is no folder of shards", "make shards"], .environment) {
      _ = try ShardFolder.check(scratch.path)
    }
  }

  @Test func filesMustBeThoseOfTheManifest() async throws {
    try write()
    let part = try scratch.read("shards/train/part-00001.npy")
    for (other, words) in [
      (Array(part.dropLast()), "it declares |u1 numbers"), ([], "does not begin as a .npy file"),
      (try scratch.read("shards/train/part-00004.npy"), "but the manifest says |u1 and (5, 1, 2, 3)"),
      (try scratch.read("shards/train/labels-00001.npy"), "holds <i8 numbers"),
    ] {
      try scratch.write(other, "shards/train/part-00001.npy")
      await expectAsyncSentence([words, "part-00001.npy"], .badData) { _ = try await load() }
    }
    try FileManager.default.removeItem(atPath: "\(folder)/train/part-00001.npy")
    await expectAsyncSentence(["train/part-00001.npy does not exist"], .environment) { _ = try await load() }
    try scratch.write(part, "shards/train/part-00001.npy")
    try scratch.write(scratch.read("shards/train/labels-00004.npy"), "shards/train/labels-00001.npy")
    await expectAsyncSentence(["has 3 labels, but the manifest says 5"], .badData) { _ = try await load() }
  }

  @Test func manifestsAreNotBelieved() async throws {
    try write()
    let text = String(decoding: try scratch.read("shards/manifest.json"), as: UTF8.self)
    for (old, new, words) in [
      ("\"train/part-00001.npy\"", "\"../../part-00001.npy\"", "where train/part-00001.npy must be"),
      ("\"train/part-00001.npy\"", "\"/etc/passwd\"", "where train/part-00001.npy must be"),
      ("\"train/labels-00001.npy\"", "\"train/part-00001.npy\"", "where train/labels-00001.npy must be"),
      ("\"count\" : 3", "\"count\" : 4294967296", "which no file can have"),
      ("\"count\" : 3", "\"count\" : 0", "which no file can have"),
      ("\"count\" : 3", "\"count\" : 3.5", "is of another kind"),
      ("\"format\" : 1", "\"format\" : 2", "is of format 2"),
      ("\"format\" : 1", "\"format\" : \"x\"", "is no manifest of shards"),
      ("\"kind\" : \"image\"", "\"kind\" : \"series\"", "which has not the shape"),
      ("\"kind\" : \"image\"", "\"kind\" : \"film\"", "which has not the shape"),
      ("\"element\" : \"|u1\"", "\"element\" : \"<f4\"", "must say |u1 with a scale"),
      ("\"element\" : \"|u1\"", "\"element\" : \"O\"", "must say |u1 with a scale"),
      ("\"name\" : \"bytes\"", "\"nome\" : \"bytes\"", "lacks something"),
    ] {
      let damaged = text.replacingOccurrences(of: old, with: new)
      #expect(damaged != text, "\(old)")
      try scratch.write(damaged, "shards/manifest.json")
      await expectAsyncSentence([manifestPath, words], .badData) { _ = try await load(.file) }
    }
    for (shape, words) in [
      ("[1, -2, 3]", "which none can have"), ("[4611686018427387904, 4]", "which none can have"),
    ] {
      let start = try #require(text.range(of: "\"shape\" : ["))
      let end = try #require(text.range(of: "]", range: start.upperBound..<text.endIndex))
      let damaged = text.replacingCharacters(
        in: start.lowerBound..<end.upperBound, with: "\"shape\" : \(shape)")
      try scratch.write(damaged, "shards/manifest.json")
      await expectAsyncSentence([words], .badData) { _ = try await load(.file) }
    }
    try scratch.write("{", "shards/manifest.json")
    await expectAsyncSentence([manifestPath], .badData) { _ = try await load(.file) }
    // Another program's manifest beside pictures is none of ours.
    try scratch.write("{}", "other/manifest.json")
    await expectAsyncSentence(["has neither IDX files"], .environment) {
      _ = try await load(nil, "\(scratch.path)/other")
    }
  }
}
