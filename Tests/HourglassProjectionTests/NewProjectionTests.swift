import HourglassBase
import HourglassProjection
import HourglassTestSupport
import Testing

/// The files of a map.
struct NewProjectionTests {
  private let scratch = ScratchFolder()
  private let codes = PointClouds.clusters(40, features: 2, classes: 2, apart: 4)

  private func projection(_ digest: String?, beside: [SIMD2<Float>]? = nil) throws -> NewProjection {
    let maps = try PlaneMaps(of: codes, embeds: false, perplexity: nil, seed: 1, threads: 1)
    let pictures = SampleArray(
      trustedBytes: (0..<40 * 12).map { UInt8($0 % 256) }, count: 40, shape: [1, 3, 4])
    return try NewProjection(
      maps,
      of: ProjectedSamples(
        name: "clouds, test", codes: codes, samples: pictures, weightsDigest: digest,
        labels: PointClouds.labels(40, classes: 2), classNames: ["boot", "shoe"],
        files: (0..<40).map { "\($0).png" }),
      beside: beside, seed: 1, threads: 1)
  }

  @Test func writesItsFilesSideBySide() throws {
    let files = ProjectionFiles("\(scratch.path)/map.html")
    let projection = try projection("abc", beside: PointClouds.positions(40, extent: 3))
    try projection.write(to: files)
    #expect(scratch.names() == ["map.csv", "map.html", "map.png", "map.safetensors"])

    let page = String(decoding: try scratch.read("map.html"), as: UTF8.self)
    #expect(page.contains("<h1>clouds, test: 40 codes</h1>"))
    for text in projection.quality.notes + ["PCA", "Code", "Autoencoder", "a code of two numbers"] {
      #expect(page.contains(text), "\(text)")
    }
    let table = rows(ofTable: try scratch.read("map.csv"))
    #expect(
      table[0] == ["x", "y", "label", "class", "code_x", "code_y", "beside_x", "beside_y", "name"]
        && table.count == 41 && table[40].last == "39.png")
    let map = try ProjectionMap.read(path: files.data)
    #expect(map.weightsDigest == "abc" && map.layouts.map(\.method) == [.pca, .code])
    #expect(map.codes.floats == codes.floats && map.classNames == ["boot", "shoe"])
    try files.checkTakesSamples(files.page)
  }

  /// Vectors of no model are not measured beside principal components of what they are of.
  @Test func vectorsHaveNoSamples() throws {
    let vectors = try projection(nil)
    #expect(vectors.quality.metrics["trustworthiness_codes"] == nil)
    #expect(try projection("abc").quality.metrics["trustworthiness_codes"] != nil)
    try vectors.write(to: ProjectionFiles("\(scratch.path)/map"))
    let page = String(decoding: try scratch.read("map.html"), as: UTF8.self)
    #expect(page.contains("<h1>clouds, test: 40 vectors</h1>"))
  }

  @Test func workThatIsEndedLeavesNothing() throws {
    struct Stop: Error {}
    let projection = try projection("abc")
    #expect(throws: Stop.self) {
      try projection.write(to: ProjectionFiles("\(scratch.path)/map.html")) { _ in throw Stop() }
    }
    #expect(scratch.names().isEmpty)
  }

  @Test(arguments: ["a/map.html", "a/map.png", "a/map.csv", "a/map.safetensors", "a/map"])
  func filesAreNamedByAnyOfThem(path: String) {
    #expect(
      ProjectionFiles(path).all == ["a/map.html", "a/map.png", "a/map.csv", "a/map.safetensors"])
  }

  @Test func saysWhatNewSamplesLack() throws {
    let path = "\(scratch.path)/map.html"
    let files = ProjectionFiles(path)
    let none = thrownError { try files.checkTakesSamples(path) }
    #expect(none.code == .environment)
    #expect(
      none.message
        == "There is no map \(path); give the page of an earlier map as the map, or make a map.")
    try scratch.write("<html>", "map.html")
    let alone = thrownError { try files.checkTakesSamples(path) }
    #expect(
      alone.message
        == "The map \(path) takes no samples without \(files.data), which is missing beside it; put it back, or make a map."
    )
    try scratch.write("", "map.safetensors")
    try files.checkTakesSamples(path)
  }
}
