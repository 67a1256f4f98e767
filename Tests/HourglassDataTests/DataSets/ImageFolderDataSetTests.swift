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
    _ fitting: PictureFitting = PictureFitting(), shape: Shape? = nil
  ) throws -> DataSet {
    try ImageFolderDataSet.load(directory: directory.path, fitting: fitting, shape: shape)
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
      let error = thrownError { _ = try load() }
      #expect(error.code == .badData)
      #expect(error.message.hasPrefix("Cannot read \(directory.path)/20.png: it is neither"), "\(error)")
    }
  }

  @Test func refusesFoldersWithoutPictures() throws {
    #expect(thrownError { _ = try load() }.says("\(directory.path) has no PNG or JPEG picture"))
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
