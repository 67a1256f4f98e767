import HourglassBase
import HourglassData
import HourglassTestSupport
import Testing

struct DataPartTests {
  private func set(hasTest: Bool, name: String = "some", classNames: [String] = ["a", "b"]) throws
    -> DataSet
  {
    func samples(_ values: [UInt8]) -> SampleArray {
      SampleArray(trustedBytes: values, count: values.count, shape: [1, 1, 1])
    }
    return try DataSet(
      name: name, training: samples([0, 51, 102]), trainingLabels: [0, 1, 0],
      test: samples(hasTest ? [153, 204] : []), testLabels: hasTest ? [1, 0] : [], classNames: classNames)
  }

  @Test func takesThePartThatIsChosen() throws {
    let data = try set(hasTest: true)
    let usual = try DataPart(data, split: nil, usual: .test, limit: nil)
    #expect(usual.name == "some, test" && usual.labels == [1, 0] && usual.files.isEmpty)
    #expect(usual.samples.sample(0) == [0.6])
    let training = try DataPart(data, split: .train, usual: .test, limit: 2)
    #expect(training.name == "some, train" && training.labels == [0, 1])
    #expect(training.samples.count == 2 && training.classNames == ["a", "b"])
    #expect(try DataPart(data, split: nil, usual: .train, limit: 10).samples.count == 3)
  }

  @Test func dataWithoutPartsAreWhole() throws {
    let part = try DataPart(set(hasTest: false), split: nil, usual: .test, limit: nil)
    #expect(part.name == "some" && part.labels == [0, 1, 0])
    let error = #expect(throws: HourglassError.self) {
      try DataPart(set(hasTest: false), split: .test, usual: .train, limit: nil)
    }
    #expect(error?.code == .usage && error?.remedies == [.leaveOut(.split, "which takes all of it")])
  }

  @Test func aKnownNameTellsTheClasses() throws {
    let part = try DataPart(set(hasTest: false, name: "fashion-mnist"), split: nil, usual: .train, limit: nil)
    #expect(part.classNames.count == 10 && part.classNames != ["a", "b"])
  }
}
