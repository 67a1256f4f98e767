import HourglassBase
import HourglassData
import HourglassTestSupport
import Testing

struct CIFARDataSetTests {
  private let directory = ScratchFolder()

  @Test(arguments: ["", "cifar-10-batches-bin/"]) func loadsSixFiles(folder: String) throws {
    for (name, bytes) in smallCIFAR() { try directory.write(bytes, folder + name) }
    let data = try CIFARDataSet.load(directory: directory.path, name: "small")
    #expect(data.name == "small")
    #expect(data.training.count == 7 && data.training.shape == [3, 32, 32])
    #expect(data.training.element == .byte(scale: 1 / 255))
    #expect(data.trainingLabels == [0, 1, 2, 3, 9, 8, 7])
    #expect(data.test.count == 2 && data.testLabels == [4, 5])
    #expect(
      data.classNames.first == "airplane" && data.classNames.last == "truck" && data.classNames.count == 10)
    // The fifth training picture is the first of the fourth batch, with the label 9.
    let picture = data.training.sample(4)
    for (channel, row, column) in [(0, 0, 0), (0, 1, 3), (1, 0, 5), (2, 31, 31)] {
      let byte = 9 &+ UInt8(channel * 50) &+ UInt8(truncatingIfNeeded: row * 32 + column)
      #expect(picture[channel * 1024 + row * 32 + column] == Float(byte) * (1 / 255))
    }
  }

  private func error(with bytes: [UInt8], in name: String = "data_batch_3.bin") throws -> String {
    for (other, whole) in smallCIFAR() { try directory.write(other == name ? bytes : whole, other) }
    let error = thrownError { _ = try CIFARDataSet.load(directory: directory.path) }
    #expect(error.code == .badData)
    #expect(error.message.hasPrefix("\(directory.path)/\(name) "), "\(error)")
    return error.message
  }

  @Test func refusesDamage() throws {
    #expect(try error(with: []).contains("is empty (0 bytes)"))
    let batch = cifarBatch([1, 2])
    for count in [1, 2, 100, 3072, 3074, 6000, 6145] {
      #expect(
        try error(with: Array(batch.prefix(count)))
          .contains("has \(count) bytes, which is no multiple of the 3073 of a CIFAR-10 record"))
    }
    #expect(try error(with: batch + [0]).contains("has 6147 bytes"))
    #expect(
      try error(with: cifarBatch([1, 10]), in: "test_batch.bin")
        .contains("has the label 10 in record 1, but CIFAR-10 has only 0...9"))
    var large = cifarBatch([UInt8](repeating: 3, count: 300))
    large[257 * 3073] = 255
    #expect(try error(with: large).contains("the label 255 in record 257"))
  }

  @Test func namesMissingFiles() throws {
    for (name, bytes) in smallCIFAR() where name != "data_batch_2.bin" { try directory.write(bytes, name) }
    let error = thrownError { _ = try CIFARDataSet.load(directory: directory.path) }
    #expect(error.code == .environment)
    #expect(error.says("\(directory.path) has no data_batch_2.bin;", "six batches"))
    let nowhere = thrownError { _ = try CIFARDataSet.load(directory: "/nowhere/at/all") }
    #expect(nowhere.says("/nowhere/at/all does not exist"))
  }

  @Test func refusesMoreThanTheMemory() throws {
    let path = try directory.write(cifarBatch([1, 2]), "batch")
    let error = thrownError { _ = try CIFARDataSet.read([path], budget: MemoryBudget(bytes: 6143)) }
    #expect(error.code == .environment && error.says("6,144 bytes of memory", "6,143 bytes are left"))
    #expect(try CIFARDataSet.read([path], budget: MemoryBudget(bytes: 6144)).labels == [1, 2])
  }
}
