import Foundation
import HourglassBase
import HourglassData
import HourglassTestSupport
import Testing

struct ArrayDataSetTests {
  private let directory: ScratchFolder
  private let file: ChangingFile

  init() {
    directory = ScratchFolder()
    file = ChangingFile(in: directory, name: "data.npz")
  }

  private func load(_ bytes: [UInt8], budget: Int = 1 << 30) throws -> DataSet {
    try ArrayDataSet.load(path: file.replace(by: bytes), budget: MemoryBudget(bytes: budget))
  }

  private func refusal(_ bytes: [UInt8], sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
    let error = thrownError(sourceLocation: sourceLocation) { _ = try load(bytes) }
    #expect(error.code == .badData, "\(error)", sourceLocation: sourceLocation)
    #expect(error.message.hasPrefix("\(directory.path)/data.npz"), "\(error)", sourceLocation: sourceLocation)
    return error.message
  }

  private let images = npyFile("|u1", "(3, 2, 2)", Array(0..<12))
  private let tests = npyFile("|u1", "(1, 2, 2)", [9, 8, 7, 6])
  private let labels = npyFile("<i8", "(3,)", [4, 0, 2].flatMap { littleEndian($0, 8) })
  private let testLabels = npyFile("|u1", "(1, 1)", [1])

  /// As Keras's mnist.npz.
  private var split: [ZipMemberFixture] {
    [
      .init(deflating: images, "x_train.npy"), .init("y_train.npy", labels), .init("x_test.npy", tests),
      .init(deflating: testLabels, "y_test.npy"),
    ]
  }

  @Test func readsAnArchiveWithTwoParts() throws {
    let data = try load(zip(split, comment: Array("a comment".utf8)))
    #expect(data.name == "data.npz")
    #expect(data.training.count == 3 && data.training.shape == [1, 2, 2])
    #expect(data.training.sample(2) == [8, 9, 10, 11].map { Float($0) * (1 / 255) })
    #expect(data.test.count == 1 && data.hasTest)
    #expect(data.trainingLabels == [4, 0, 2] && data.testLabels == [1])
    #expect(data.classNames == ["0", "1", "2", "3", "4"])
  }

  @Test func readsOneArray() throws {
    for file in [images, zip([.init("arr_0.npy", images)]), zip([.init(deflating: images, "whatever")])] {
      let data = try load(file)
      #expect(data.training.count == 3 && !data.hasTest && data.test.shape == [1, 2, 2])
      #expect(data.trainingLabels.isEmpty && data.testLabels.isEmpty && data.classNames.isEmpty)
    }
    let some = try load(zip([split[0], split[2], .init("more.npy", [1])]))
    #expect(some.hasTest && some.trainingLabels.isEmpty)
  }

  /// numpy.savez_compressed(file, x=numpy.tile(numpy.arange(6, dtype="f4"), (400, 1)))
  @Test func readsWhatNumPyPacks() throws {
    let base64 = Self.packedByNumPy
    let data = try load(Array(try #require(Data(base64Encoded: base64))))
    #expect(data.training.count == 400 && data.training.shape == [6])
    #expect(data.training.sample(399) == [0, 1, 2, 3, 4, 5])
  }

  /// 4,096 black images of 32 x 32, which deflate to a thousandth (zlib at its best; the middle is 4,063 bytes of zeros).
  @Test func readsWhatShrinksToAThousandth() throws {
    let (head, end) = try (
      #require(Data(base64Encoded: Self.blackHead)), #require(Data(base64Encoded: "4M99AA=="))
    )
    var member = ZipMemberFixture("imgs.npy", Array(head) + [UInt8](repeating: 0, count: 4063) + Array(end))
    (member.method, member.byteCount, member.checkSum) = (8, 4_194_432, 0xdbda_4afd)
    #expect(member.byteCount > 1000 * member.packed.count)
    let data = try load(zip([member]))
    #expect(data.training.count == 4096 && data.training.shape == [1, 32, 32])
    #expect(data.training.sample(4095).allSatisfy { $0 == 0 })
    // No more than memory.
    let error = thrownError { _ = try load(zip([member]), budget: 1 << 22 - 1) }
    #expect(error.code == .environment && error.says("of memory, but"), "\(error)")
    // No more than deflate can.
    member.byteCount = 1032 * member.packed.count + 1
    #expect(try refusal(zip([member])).contains("bytes, which its 4,169 cannot hold; save"))
  }

  private static let blackHead =
    "7cg9DgFRAIXR0VrF6x7JFP4iYQE6olGoZGJGFGLkDRqswoaNJaidk9zifu/VZrnedrJ79ohl1exTnIf4vA1jHuKhTtdUnHd1"
    + "KqtvXxSnpmp7cywuVft7k8Fsmofx6Lt+Hl7hZ90M"

  @Test func tellsWhichAxisItTookForChannels() throws {
    func notes(_ shape: String, axes: ChannelAxis? = nil) throws -> [String] {
      let count = shape.dropFirst().dropLast().split(separator: ", ").compactMap { Int($0) }.reduce(1, *)
      let path = file.replace(by: npyFile("|u1", shape, [UInt8](repeating: 7, count: count)))
      let data = try ArrayDataSet.load(path: path, axes: axes)
      #expect(data.prefix(1).axisNotes == data.axisNotes)
      return data.axisNotes
    }
    for clear in [
      "(2, 5)", "(2, 4, 4)", "(2, 5, 6, 4)", "(2, 4, 5, 6)", "(2, 1, 28, 28)", "(2, 28, 28, 1)",
      "(2, 1, 1, 1)",
    ] {
      #expect(try notes(clear).isEmpty, "\(clear)")
    }
    let square = "(2, 4, 4, 4)"
    let first = try notes("(2, 3, 8, 3)")
    #expect(
      first == [
        "\(directory.path)/data.npz has the shape (2, 3, 8, 3), whose channels may stand first or last: the axis behind "
          + "the samples was taken for 3 channels of 8 x 3 pixels"
      ])
    let last = try notes("(2, 9, 4, 1)")
    #expect(last.count == 1 && last[0].hasSuffix("the last axis was taken for 1 channel of 9 x 4 pixels"))
    #expect(try notes("(2, 32, 32, 8)").count == 1 && notes(square).count == 1)
    #expect(try notes(square, axes: .first).isEmpty && notes(square, axes: .last).isEmpty)
    let images = npyFile("|u1", "(1, 2, 2, 2)", Array(0..<8))
    let both = try load(zip([.init("x_train.npy", images), .init("x_test.npy", images)]))
    #expect(both.axisNotes.count == 2)
  }

  @Test func refusesOtherArchives() throws {
    #expect(try refusal(Array("hello".utf8)).contains("is neither a .npy nor a .npz file"))
    #expect(try refusal([]).contains("is neither"))
    #expect(
      try refusal(zip([.init("a.npy", images), .init("b.npy", images)]))
        .contains("holds \"a\", \"b\", but must hold x_train"))
    #expect(
      try refusal(zip([.init("a.npy", images), .init("a.npy", images)])).contains("two members \"a.npy\""))
    #expect(
      try refusal(zip([.init("a.npy", [1, 2, 3])])).contains("member \"a.npy\", is no array that can be read")
    )
    #expect(try refusal(Array(zip([]))).contains("is neither"))
    #expect(try refusal(zip(split, entries: 0xffff)).contains("more than 4 GiB"))
    #expect(try refusal(zip(split, entries: 2000)).contains("has 2000 members"))
    #expect(try refusal(zip(split, entries: 5)).contains("its directory is damaged"))
  }

  private func withMember(_ change: (inout ZipMemberFixture) -> Void) throws -> String {
    var member = ZipMemberFixture(deflating: images, "a.npy")
    change(&member)
    return try refusal(zip([member]))
  }

  @Test func refusesOtherMembers() throws {
    #expect(try withMember { $0.method = 9 }.contains("packed with method 9, neither stored nor deflated"))
    #expect(try withMember { $0.flags = 1 }.contains("that is encrypted"))
    #expect(try withMember { $0.checkSum ^= 1 }.contains("do not have the check sum"))
    #expect(try withMember { $0.byteCount -= 1 }.contains("but holds 11 bytes"))
    #expect(try withMember { $0.byteCount += 1 }.contains("but holds 13 bytes"))
    #expect(try withMember { $0.packed.removeLast(3) }.contains("cannot be unpacked: its bytes"))
    #expect(try withMember { $0.packed[0] = 7 }.contains("are damaged (invalid block type)"))
    #expect(try withMember { $0.byteCount = 0xffff_ffff }.contains("of 4 GiB or more"))
    #expect(try withMember { $0.byteCount = 1 << 30 }.contains("cannot hold"))
    #expect(try withMember { $0.method = 0 }.contains("its directory is damaged"))
  }

  @Test func refusesBadLabels() throws {
    func labels(_ descriptor: String, _ shape: String, _ bytes: [UInt8]) throws -> String {
      try refusal(
        zip([.init("x_train.npy", images), .init("y_train.npy", npyFile(descriptor, shape, bytes))]))
    }
    #expect(try labels("|u1", "(2,)", [1, 2]).contains("x_train, holds 3 images but"))
    #expect(try labels("|i1", "(3,)", [0, 1, 255]).contains("holds a label that is not in 0...65535"))
    #expect(
      try labels("<u4", "(3,)", littleEndian(65_536, 4) + littleEndian(0, 8)).contains("not in 0...65535"))
    #expect(try labels("<f4", "(3,)", floatBytes([0, 1, 2])).contains("labels are whole numbers"))
    #expect(try labels("|u1", "(3, 2)", Array(0..<6)).contains("one for each sample"))
  }

  @Test func refusesPartsOfDifferentShapes() throws {
    let other = npyFile("|u1", "(1, 4)", [1, 2, 3, 4])
    #expect(
      try refusal(zip([.init("x_train.npy", images), .init("x_test.npy", other)]))
        .contains("x_train, holds images of shape (1, 2, 2) but"))
  }

  @Test func refusesMoreThanTheMemory() throws {
    #expect(try load(images, budget: 12).training.count == 3)
    let error = thrownError { _ = try load(images, budget: 11) }
    #expect(error.code == .environment && error.says("takes 12 bytes of memory, but 11 bytes are left"))
  }

  @Test func survivesDamage() throws {
    let whole = zip(split)
    for count in 0..<whole.count { _ = try refusal(Array(whole.prefix(count))) }
    var random = TestNumbers(6)
    var read = 0
    for _ in 0..<3000 {
      do {
        _ = try load(random.mutating(whole))
        read += 1
      } catch let error as HourglassError {
        #expect(error.code == .badData, "\(error)")
      }
    }
    #expect(read < 1500)
    for place in whole.indices {
      var changed = whole
      changed[place] ^= 0xff
      _ = try? load(changed)
    }
  }

  private static let packedByNumPy =
    "UEsDBC0AAAAIAAAAIQDZD4yo//////////8FABQAeC5ucHkBABAAACYAAAAAAACOAAAAAAAAAO3IMQrCQBCF4bX1FNONwhYp"
    + "goUIprIz2FhYyWI2WIgJu2IThNzBC3hURw9gYf0/5j2Y71nvt7vDxN3doE3Mp6RL0VVbqhdtu3RL4XrsUhM/vgmXHM3zOfTR"
    + "/llZFF4Wcy8P+TNT9824tqnsrKP1VeE4juM4juM4juM4juM4juM4juM4juM4juM4juO//Q1QSwECLQMtAAAACAAAACEA2Q+M"
    + "qI4AAAAAJgAABQAAAAAAAAAAAAAAgAEAAAAAeC5ucHlQSwUGAAAAAAEAAQAzAAAAxQAAAAAA"
}
