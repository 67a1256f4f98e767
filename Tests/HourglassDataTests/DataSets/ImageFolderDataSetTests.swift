import Foundation
import HourglassBase
import HourglassData
import HourglassPictures
import HourglassTestSupport
import Synchronization
import Testing

struct ImageFolderDataSetTests {
  private let directory = ScratchFolder()

  /// Writes a picture of one shade.
  private func write(
    _ name: String, _ shade: UInt8, width: Int = 3, height: Int = 2, channels: Int = 1
  ) throws {
    let bytes = [UInt8](repeating: shade, count: width * height * channels)
    try directory.write(
      PNG.encode(Picture(width: width, height: height, channels: channels, trusted: bytes)), name)
  }

  private func shades(_ samples: any SampleSource) -> [UInt8] {
    (0..<samples.count).map { UInt8((samples.sample($0)[0] * 255).rounded()) }
  }

  private func load(
    _ fitting: PictureFitting = PictureFitting(), shape: Shape? = nil, isStrict: Bool = false
  ) throws -> DataSet {
    try ImageFolderDataSet.load(
      directory: directory.path, fitting: fitting, shape: shape, isStrict: isStrict)
  }

  /// Folders of many pictures take long: how far reading has come is told, and a cancelled task ends it.
  @Test func loadingTellsAndEnds() async throws {
    for index in 0..<100 { try write("\(index).png", UInt8(index)) }
    let description = DataDescription(DataSource(.folder, directory.path))
    let told = Mutex<[Int]>([])
    let set = try await description.load { progress in told.withLock { $0.append(progress.done) } }
    #expect(set.training.count == 100)
    #expect(told.withLock { Set($0) } == [16, 32, 48, 64, 80, 96, 100])
    let error = await errorOfCancelled { sign in _ = try await description.load { _ in sign() } }
    #expect(error is CancellationError)
  }

  @Test func loadsAFlatFolderInOrder() throws {
    for (name, shade) in [("b.png", 2), ("a.PNG", 1), ("Z.png", 0), ("c.jpg", 3), ("é.jpeg", 4)] {
      try write(name, UInt8(shade))
    }
    try directory.write(Array("not a picture".utf8), "notes.txt")
    try directory.write([1], ".hidden.png")
    let data = try load()
    #expect(shades(data.training) == [0, 1, 2, 3, 4])
    #expect(data.training.shape == [1, 2, 3] && data.training.element == .byte(scale: 1 / 255))
    #expect(!data.hasTest && data.trainingLabels.isEmpty && data.classNames.isEmpty)
    #expect(directory.path.hasSuffix("/" + data.name))
  }

  /// Endings and the points of hidden names are told by bytes, whatever mark joins them.
  @Test func marksHideNoPictures() throws {
    for name in HostileNames.ofFiles where !name.utf8.starts(with: ".".utf8) {
      try write("\(name)\u{600}.png", 1)
    }
    try write(".\u{301}hidden.png", 2)
    #expect(try load().training.count == HostileNames.ofFiles.count)
  }

  @Test func subfoldersAreClasses() throws {
    try write("cat/1.png", 1)
    try write("cat/more/0.png", 2)
    try write("ant/9.png", 3)
    let data = try load()
    #expect(shades(data.training) == [3, 1, 2])
    #expect(data.classNames == ["ant", "cat"] && data.trainingLabels == [0, 1, 1])
    // A picture beside the folders is of no class.
    try write("loose.png", 4)
    let mixed = try load()
    #expect(shades(mixed.training) == [3, 1, 2, 4])
    #expect(mixed.trainingLabels.isEmpty && mixed.classNames.isEmpty)
  }

  @Test(arguments: [("train", "test"), ("training", "validation"), ("train", "val")])
  func readsParts(training: String, test: String) throws {
    try write("\(training)/cat/1.png", 1)
    try write("\(training)/ant/1.png", 2)
    try write("\(test)/cat/1.png", 3)
    try write("elsewhere/1.png", 9)
    let data = try load()
    #expect(shades(data.training) == [2, 1] && shades(data.test) == [3])
    #expect(data.trainingLabels == [0, 1] && data.testLabels == [1] && data.classNames == ["ant", "cat"])
  }

  @Test func testIsPreferredToValidation() throws {
    for (name, shade) in [("train", 1), ("validation", 2), ("test", 3)] {
      try write("\(name)/a.png", UInt8(shade))
    }
    #expect(shades(try load().test) == [3])
  }

  @Test func sizesMustAgree() throws {
    try write("a.png", 1)
    try write("b.png", 2, width: 5)
    let error = thrownError { _ = try load() }
    #expect(error.code == .badData)
    #expect(
      error.message
        == "\(directory.path)/b.png has 2 x 5 pixels (rows x columns), but \(directory.path)/a.png has 2 x 3; give "
        + "all that size, in a recipe by data.resize: [2, 3] or data.crop: [2, 3].")
    let wanted = thrownError { _ = try load(shape: [1, 8, 8]) }
    #expect(
      wanted.says(
        "/a.png has 2 x 3 pixels", "the model's input has 8 x 8;",
        "by data.resize: 8 or data.crop: 8"))
    let resized = try load(PictureFitting(extent: .resize(height: 8, width: 8)), shape: [1, 8, 8])
    #expect(resized.training.shape == [1, 8, 8] && shades(resized.training) == [1, 2])
    #expect(try load(PictureFitting(extent: .crop(height: 1, width: 4))).training.shape == [1, 1, 4])
  }

  @Test func greyBecomesColouredButNotTheOtherWay() throws {
    try write("a.png", 1)
    try write("b.png", 2, channels: 3)
    #expect(try load(shape: [3, 2, 3]).training.shape == [3, 2, 3])
    #expect(try load(PictureFitting(channels: 1), shape: [3, 2, 3]).training.shape == [1, 2, 3])
    for shape in [nil, [1, 2, 3]] as [Shape?] {
      let error = thrownError { _ = try load(shape: shape) }
      #expect(
        error.code == .badData
          && error.says("/b.png is coloured", "in a recipe by data.channels: 1, or use a model"))
    }
  }

  /// Of several damaged pictures the first is named, whichever core meets one first.
  @Test func namesTheFirstDamagedPicture() throws {
    for index in 10..<60 { try write("\(index).png", 7) }
    for name in ["20.png", "30.jpg", "41.png"] { try directory.write(Array("no picture".utf8), name) }
    for _ in 0..<20 {
      let error = thrownError { _ = try load(isStrict: true) }
      #expect(error.code == .badData)
      #expect(error.message.hasPrefix("Cannot read \(directory.path)/20.png: it is neither"), "\(error)")
    }
  }

  @Test func refusesFoldersWithoutPictures() throws {
    #expect(
      thrownError { _ = try load() }.message
        == "\(directory.path) has no PNG, JPEG or WebP picture; give a folder that has some.")
    try directory.write([1], "a.gif")
    #expect(
      thrownError { _ = try load() }.says(
        "picture (1 file was left out: 1 .gif (not read; convert them to PNG or JPEG)); give"))
    #expect(
      thrownError { _ = try ImageFolderDataSet.load(directory: "/nowhere/at/all") }
        .says("/nowhere/at/all cannot be listed"))
    try directory.folder((0..<17).map { "\($0)" }.joined(separator: "/"))
    #expect(thrownError { _ = try load() }.says("more than 16 folders deep"))
  }

  /// There are more paths than could ever be listed.
  @Test func foldersOfLinksAreListedOnce() throws {
    try write("a/0.png", 7)
    for index in 0..<45 {
      try FileManager.default.createSymbolicLink(
        atPath: "\(directory.path)/a/link\(index)", withDestinationPath: directory.path)
    }
    #expect(try load().training.count == 1)
  }

  /// All endings of files that can be read.
  @Test func readsAllKinds() throws {
    let picture = Picture(width: 3, height: 2, channels: 1, trusted: [UInt8](repeating: 40, count: 6))
    let files = try [
      "a.png": PNG.encode(picture), "b.jpg": JPEG.encode(picture, quality: 90),
      "c.jfif": JPEG.encode(picture, quality: 90), "d.JPE": JPEG.encode(picture, quality: 90),
      "e.webp": WebP.encode(picture, quality: 90), "f.jpeg": JPEG.encode(picture, quality: 90),
      // A folder, whatever its name.
      "g.png/h.webp": WebP.encode(picture, quality: 90),
    ]
    for (name, bytes) in files { try directory.write(bytes, name) }
    let data = try load()
    #expect(data.training.count == 7 && data.training.shape == [1, 2, 3] && data.notes.isEmpty)
    #expect(shades(data.training).allSatisfy { abs(Int($0) - 40) <= 2 })
  }

  @Test func tellsWhatItLeavesOut() throws {
    try write("train/a.png", 1)
    try write("test/b.png", 2)
    for name in ["train/x.gif", "train/y.GIF", "test/z.bmp", "test/.hidden.gif"] {
      try directory.write([1], name)
    }
    #expect(
      try load().notes == ["3 files were left out: 2 .gif, 1 .bmp (not read; convert them to PNG or JPEG)."])
    for name in ["train/labels.txt", "train/README", "train/a.name with a point"] {
      try directory.write([1], name)
    }
    #expect(
      try load().notes.last
        == "3 files that are no pictures by their names were passed over: 2 without an ending, 1 .txt.")
    for index in 0..<9 { try directory.write([1], "train/n.k\(index)") }
    let last = try #require(try load().notes.last)
    #expect(last.contains("12 files") && last.hasSuffix("1 .k4, 5 of other endings."), "\(last)")
  }

  /// Samples, labels and names stay together where pictures are left out; classes keep their numbers.
  @Test func brokenPicturesAreLeftOut() throws {
    for index in 0..<30 {
      try write("train/\(["ant", "bee", "cat"][index % 3])/\(10 + index).png", UInt8(index))
    }
    try write("test/bee/x.png", 77)
    let sound = try load()
    #expect(sound.notes.isEmpty)
    for name in ["ant/10", "bee/11", "bee/38", "cat/39"] {
      try directory.write(Array("no picture".utf8), "train/\(name).png")
    }
    try directory.write([], "test/ant/y.png")
    let link = "\(directory.path)/train/cat/link.jpg"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "\(directory.path)/nowhere")
    let data = try load()
    #expect(data.training.count == 26 && data.test.count == 1 && shades(data.test) == [77])
    #expect(data.classNames == ["ant", "bee", "cat"] && data.testLabels == [1])
    for (index, shade) in shades(data.training).enumerated() {
      #expect(data.trainingLabels[index] == Int(shade) % 3)
      #expect(data.trainingNames[index].hasSuffix("/\(10 + Int(shade)).png"))
    }
    #expect(data.testNames == ["\(directory.path)/test/bee/x.png"])
    #expect(
      data.notes == [
        "6 of 33 pictures of \(directory.path) cannot be used and are left out; the first: Cannot read "
          + "\(directory.path)/train/ant/10.png: it is neither a PNG nor a JPEG nor a WebP file; convert it to one of "
          + "these, or get a fresh copy."
      ])
    #expect(data.prefix(5).notes == data.notes)
    #expect(
      thrownError { _ = try load(isStrict: true) }.says("Cannot read \(directory.path)/train/ant/10.png"))
  }

  /// The first picture says what size is wanted, if it is one.
  @Test func firstSoundPictureHasTheSize() throws {
    try directory.write([], "a.png")
    try write("b.png", 1)
    try write("c.png", 2)
    let data = try load()
    #expect(data.training.shape == [1, 2, 3] && shades(data.training) == [1, 2])
    #expect(
      data.notes.first?.hasPrefix("1 of 3 pictures of \(directory.path) cannot be used and is left out; the")
        ?? false)
  }

  @Test func moreThanHalfBrokenIsRefused() throws {
    for name in ["a", "b"] { try write("\(name).png", 1) }
    for name in ["c", "d"] { try directory.write([1], "\(name).png") }
    #expect(try load().training.count == 2)
    try directory.write([1], "e.png")
    let error = thrownError { _ = try load() }
    #expect(
      error.code == .badData
        && error.says(
          "3 of 5 pictures of \(directory.path) cannot be used, which is more than half; the first: Cannot")
    )
    for name in ["a", "b"] { try directory.write([1], "\(name).png") }
    for shape in [nil, [1, 2, 3]] as [Shape?] {
      let error = thrownError { _ = try load(shape: shape) }
      #expect(
        error.code == .badData && error.says("5 of 5 pictures of \(directory.path) cannot be used; the"))
    }
    // None is left to train on, however many there are to test.
    try write("both/train/a.png", 1)
    for index in 0..<4 { try write("both/test/\(index).png", 1) }
    try directory.write([1], "both/train/a.png")
    let none = thrownError { _ = try ImageFolderDataSet.load(directory: "\(directory.path)/both") }
    #expect(none.code == .badData && none.says("1 of 1 pictures of"))
  }

  @Test func foldersOfAnyKindAreTold() throws {
    let path = directory.path
    #expect(
      thrownError { _ = try DataFolder.load(path) }.says(
        "has neither IDX files, nor batches", "give a folder"))
    #expect(thrownError { _ = try DataFolder.load("\(path)/none") }.says("\(path)/none does not exist"))
    let file = try directory.write([1], "file")
    let refusal = thrownError { _ = try DataFolder.load(file) }
    #expect(refusal.code == .badData && refusal.says("is a file that is neither .npy nor .npz"))
    try write("pictures/a.png", 1)
    #expect(try DataFolder.load("\(path)/pictures").training.count == 1)
    for (name, bytes) in smallCIFAR() { try directory.write(bytes, "cifar/\(name)") }
    #expect(try DataFolder.load("\(path)/cifar").testLabels == [4, 5])
    #expect(
      try DataFolder.load("\(path)/cifar", fitting: PictureFitting(channels: 1)).test.shape == [1, 32, 32])
    for (name, bytes) in smallDataSet() { try directory.write(bytes, "idx/\(name)") }
    try write("idx/picture.png", 1)
    #expect(try DataFolder.load("\(path)/idx").testLabels == [2, 0])
    try FileManager.default.removeItem(atPath: "\(path)/idx/t10k-labels-idx1-ubyte")
    #expect(thrownError { _ = try DataFolder.load("\(path)/idx") }.says("has no t10k-labels-idx1-ubyte"))
  }
}
