import HourglassFiles
import HourglassTestSupport
import Testing

@Suite struct SafeTensorsGrowthTests {
  private func file(tensors: Int, metadata: Int) throws -> [UInt8] {
    try SafeTensors(
      metadata: Dictionary(uniqueKeysWithValues: (0..<metadata).map { ("key\($0)", "value") }),
      tensors: (0..<tensors).map { .init(name: "layer.\($0)", shape: [1], values: [0]) }
    ).serialized()
  }

  @Test func tensorsGrowInProportion() throws {
    let files = [5000: try file(tensors: 5000, metadata: 1), 10_000: try file(tensors: 10_000, metadata: 1)]
    let ratio = try growth(from: 5000) { count in
      let read = try SafeTensors.parse(files[count] ?? [], source: "a")
      #expect(read.tensors.count == count)
    }
    #expect(ratio < 3.5)
  }

  @Test func metadataGrowInProportion() throws {
    let files = [
      10_000: try file(tensors: 1, metadata: 10_000), 20_000: try file(tensors: 1, metadata: 20_000),
    ]
    let ratio = try growth(from: 10_000) { count in
      let read = try SafeTensors.parse(files[count] ?? [], source: "a")
      #expect(read.metadata.count == count)
    }
    #expect(ratio < 3.5)
  }

  /// A sealed file is written anew in another order to be proved.
  @Test func sealsGrowInProportion() throws {
    func sealed(_ count: Int) throws -> SafeTensors {
      try SafeTensors.parse(try file(tensors: count, metadata: count), source: "a").sealed()
    }
    let files = [10_000: try sealed(10_000), 20_000: try sealed(20_000)]
    let ratio = try growth(from: 10_000) { try files[$0]?.checkSeal(source: "a") }
    #expect(ratio < 3.5)
  }
}
