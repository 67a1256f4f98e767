import HourglassBase
import HourglassData
import HourglassTestSupport
import Testing

struct IDXDataSetTests {
  private let directory = ScratchFolder()

  /// Writes the small data set with some files exchanged for others or, with `nil`, left out.
  private func writeSmallDataSet(except changes: [String: [UInt8]?] = [:]) throws {
    for (name, bytes) in smallDataSet() {
      if let bytes = changes[name, default: bytes] {
        try directory.write(bytes, name)
      }
    }
  }

  private func loadError() throws -> (code: String, message: String) {
    let error = thrownError { _ = try IDXDataSet.load(directory: directory.path) }
    return ("\(error.code)", error.message)
  }

  @Test func loadsFourFiles() throws {
    try writeSmallDataSet()
    let dataSet = try IDXDataSet.load(directory: directory.path + "/")
    #expect(directory.path.hasSuffix("/" + dataSet.name))
    #expect(dataSet.training.count == 3)
    #expect(dataSet.training.shape == [1, 2, 4])
    #expect(dataSet.test.count == 2)
    #expect(dataSet.trainingLabels == [0, 1, 2])
    #expect(dataSet.testLabels == [2, 0])
    #expect(dataSet.classNames == ["0", "1", "2"])
  }

  @Test func loadsFilesUnderTheirOtherNames() throws {
    let names = [
      "train-images.idx3-ubyte", "train-labels-idx1-ubyte.gz", "t10k-images.idx3-ubyte.gz",
      "t10k-labels-idx1-ubyte",
    ]
    for (name, file) in zip(names, smallDataSet()) {
      try directory.write(name.hasSuffix(".gz") ? gzip(file.bytes) : file.bytes, name)
    }
    let dataSet = try IDXDataSet.load(directory: directory.path, name: "small", classNames: ["a", "b", "c"])
    #expect(dataSet.name == "small")
    #expect(dataSet.test.sample(1) == (8..<16).map { Float($0) * (1 / 255) })
    #expect(dataSet.classNames == ["a", "b", "c"])
  }

  @Test func refusesADirectoryThatLacksFiles() throws {
    try writeSmallDataSet(except: ["train-labels-idx1-ubyte": nil, "t10k-images-idx3-ubyte": nil])
    let error = try loadError()
    #expect(error.code == "environment")
    #expect(
      error.message.contains("\(directory.path) has no train-labels-idx1-ubyte, t10k-images-idx3-ubyte"))
    #expect(error.message.contains("put the four IDX files"))
  }

  @Test func refusesAMissingDirectory() throws {
    let path = directory.path + "/nowhere"
    let error = thrownError { _ = try IDXDataSet.load(directory: path) }
    #expect(error.code == .environment)
    #expect(error.says("\(path) does not exist", "give the directory"))
  }

  @Test func refusesAsManyLabelsAsDoNotFit() throws {
    try writeSmallDataSet(except: ["t10k-labels-idx1-ubyte": labelFile([1, 2, 0])])
    let error = try loadError()
    #expect(error.code == "badData")
    #expect(
      error.message.contains(
        "/t10k-images-idx3-ubyte holds 2 images but \(directory.path)/t10k-labels-idx1-ubyte holds 3 labels"))
    #expect(error.message.contains("give files that belong together"))
  }

  @Test func refusesTestImagesOfAnotherSize() throws {
    try writeSmallDataSet(except: ["t10k-images-idx3-ubyte": imageFile(2, 4, 2)])
    let error = try loadError()
    #expect(error.message.contains("/train-images-idx3-ubyte holds images of shape (1, 2, 4)"))
    #expect(error.message.contains("/t10k-images-idx3-ubyte of shape (1, 4, 2)"))
    #expect(error.message.contains("give files that belong together"))
  }

  @Test func refusesALabelWithoutAClass() throws {
    try writeSmallDataSet()
    let error = thrownError {
      _ = try IDXDataSet.load(directory: directory.path, name: "small", classNames: ["a", "b"])
    }
    #expect(error.code == .badData)
    #expect(error.says("/train-labels-idx1-ubyte holds the label 2", "only the 2 classes 0...1", "of small"))
  }

  @Test func madeInMemoryNamesThePart() throws {
    let images = try SampleArray(bytes: [1, 2], count: 2, shape: [1, 1, 1])
    let error = thrownError {
      _ = try DataSet(
        name: "made", training: images, trainingLabels: [0, 1], test: images, testLabels: [0])
    }
    #expect(error.says("test holds 2 images but testLabels holds 1 labels"))
  }
}
