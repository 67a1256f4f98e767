import Foundation
import HourglassBase
import HourglassFiles
import HourglassPictures
import HourglassProjection
import HourglassTestSupport
import Testing

struct MapPageTests {
  private func page(_ count: Int = 6) -> MapPage {
    let positions = PointClouds.positions(count, extent: 4)
    let images = SampleArray(
      trustedBytes: (0..<count * 20).map { UInt8(truncatingIfNeeded: $0 * 7) }, count: count,
      shape: [1, 4, 5])
    return MapPage(
      title: "Six <b>samples</b>", maps: [.init(name: "t-SNE", note: "good", positions: positions)],
      labels: (0..<count).map { UInt8($0 % 2) }, classNames: ["Shirt", "</script><i>Bag"], images: images)
  }

  /// What the script of a page reads.
  private func data(_ html: String) throws -> [String: Any] {
    let text = try #require(
      html.firstMatch(of: /<script type="application\/json" id="data">(.*?)<\/script>/)?.1)
    return try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test func nothingComesFromOutside() throws {
    let html = try page().html()
    #expect(html.contains("default-src 'none'"))
    #expect(!html.contains("http://") && !html.contains("https://") && !html.contains("url("))
    for match in html.matches(of: /src="([^"]*)"/) { #expect(match.1.hasPrefix("data:image/png;base64,")) }
  }

  /// The ends of the square are those of the points, whatever these span.
  @Test(arguments: [Float(1e-36), 1, 3e38])
  func spansOfAnySize(_ size: Float) throws {
    let page = MapPage(title: "a", maps: [.init(name: "b", positions: [[-size, -size], [size, size]])])
    let maps = try #require(try data(page.html())["maps"] as? [[String: Any]])
    let text = try #require(maps[0]["points"] as? String)
    #expect(Data(base64Encoded: text) == Data([0, 0, 0, 0, 255, 255, 255, 255]))
  }

  @Test func textIsEscaped() throws {
    let html = try page().html()
    #expect(html.contains("<h1>Six &lt;b&gt;samples&lt;/b&gt;</h1>"))
    #expect(!html.contains("<i>Bag") && !html.contains("<b>"))
    let classes = try #require(try data(html)["classes"] as? [[String: Any]])
    #expect(classes.map { $0["name"] as? String } == ["Shirt", "</script><i>Bag"])
    #expect(classes.map { $0["label"] as? Int } == [0, 1])
  }

  /// Titles, maps, classes and files of any name leave the page its two scripts, of which one runs.
  @Test func hostileNamesAreShown() throws {
    let names = HostileNames.all
    let positions = PointClouds.positions(names.count, extent: 4)
    func page(_ names: [String]) -> MapPage {
      MapPage(
        title: names[0], maps: names.map { .init(name: $0, note: $0, positions: positions) },
        labels: names.indices.map { UInt8($0) }, classNames: names, names: names)
    }
    let html = try page(names).html()
    #expect(tags(of: html) == tags(of: try page(names.map { _ in "a" }).html()))
    #expect(occurrences(of: "<script", in: html) == 2 && occurrences(of: "</script", in: html) == 2)
    #expect(occurrences(of: "<!--", in: html) == 0)
    let data = try data(html)
    let shown = names.map { Array($0.showingControls().utf8) }
    #expect((data["names"] as? [String])?.map { Array($0.utf8) } == shown)
    let maps = try #require(data["maps"] as? [[String: Any]])
    #expect(maps.map { Array(($0["note"] as? String ?? "").utf8) } == shown)
    let classes = try #require(data["classes"] as? [[String: Any]])
    #expect(classes.map { Array(($0["name"] as? String ?? "").utf8) } == shown)
  }

  /// No script runs but the one whose digest the policy has.
  @Test func policyHasTheScriptsDigest() throws {
    let html = try page().html()
    let script = try #require(
      html.components(separatedBy: "<script>").last?.components(separatedBy: "</script>")[0])
    #expect(holds(html, "script-src 'sha256-\(Data(sha256(script)).base64EncodedString())'\">"))
    #expect(!holds(html, "script-src 'unsafe-inline'") && !holds(script, "innerHTML"))
  }

  @Test func filesAreShown() throws {
    var page = page(3)
    #expect((try data(try page.html())["names"] as? [String])?.isEmpty ?? false)
    page.names = ["a.png", "</script>.png", "c.png"]
    #expect(try data(try page.html())["names"] as? [String] == page.names)
    page.names = ["c.png"]
    #expect(throws: HourglassError.self) { try page.html() }
    page.placed = 1
    #expect(try data(try page.html())["names"] as? [String] == ["c.png"])
  }

  @Test func pointsAndLabels() throws {
    var page = page(3)
    page.maps[0].positions = [[-1, 0], [3, 1], [1, 2]]
    page.maps.append(.init(name: "PCA", positions: [[0, 0], [0, 0], [0, 0]]))
    let data = try data(try page.html())
    #expect(data["count"] as? Int == 3)
    #expect(Data(base64Encoded: data["labels"] as? String ?? "").map(Array.init) == [0, 1, 0])
    let maps = try #require(data["maps"] as? [[String: Any]])
    #expect(maps.map { $0["name"] as? String } == ["t-SNE", "PCA"])
    func numbers(_ map: [String: Any]) -> [Int] {
      let bytes = Data(base64Encoded: map["points"] as? String ?? "").map(Array.init) ?? []
      return stride(from: 0, to: bytes.count, by: 2).map { Int(bytes[$0]) + 256 * Int(bytes[$0 + 1]) }
    }
    // The longer side takes all of 0...65535, the other one half of it around the middle.
    for (found, wanted) in zip(numbers(maps[0]), [0, 16384, 65535, 32768, 32768, 49151]) {
      #expect(abs(found - wanted) <= 1)
    }
    #expect(Set(numbers(maps[1])).count == 1 && numbers(maps[1]).count == 6)
  }

  /// Every image lies where the page looks for it.
  @Test func imagesLieOnTheirSheets() throws {
    let page = page()
    let html = try page.html()
    let images = try #require(try data(html)["images"] as? [String: Int])
    #expect(images["width"] == 5 && images["height"] == 4)
    let link = try #require(html.firstMatch(of: /src="data:image\/png;base64,([^"]*)"/)?.1)
    let sheet = try PNG.decode(Array(Data(base64Encoded: String(link)) ?? Data()), source: "sheet")
    #expect(sheet.width == 5 * (images["columns"] ?? 0) && sheet.height == 4 && sheet.channels == 1)
    let expected = try #require(try page.images?.numbers(of: 4)).map { UInt8(($0 * 255).rounded()) }
    let found = (0..<20).map { sheet.bytes[$0 / 5 * sheet.width + 4 * 5 + $0 % 5] }
    #expect(found == expected)
  }

  @Test func largeImagesAreMadeSmaller() throws {
    var page = page(1)
    page.images = SampleArray(
      trustedBytes: (0..<3 * 100 * 130).map { UInt8($0 % 130 / 3) }, count: 1, shape: [3, 100, 130])
    let html = try page.html()
    let images = try #require(try data(html)["images"] as? [String: Int])
    #expect(images["width"] == 43 && images["height"] == 33)
  }

  @Test func vectorsHaveNoImages() throws {
    var page = page()
    page.images = SampleArray(trustedFloats: [Float](repeating: 1, count: 30), count: 6, shape: [5])
    page.labels = []
    let html = try page.html()
    #expect(!html.contains("<img"))
    #expect(try data(html)["images"] == nil)
  }

  @Test func refusals() throws {
    func message(_ change: (inout MapPage) -> Void) -> String {
      var page = page()
      change(&page)
      return thrownError { _ = try page.html() }.message
    }
    #expect(
      message { $0.maps = [] }
        == "Cannot make the page of maps: there is no map, or it has no points; give at least one.")
    #expect(
      message { $0.maps.append(.init(name: "PCA", positions: [[0, 0]])) }
        .contains("the map \"PCA\" has 1 points, but \"t-SNE\" has 6"))
    #expect(message { $0.maps[0].positions[2].x = .infinity }.contains("\"t-SNE\" is not finite"))
    #expect(message { $0.labels = [1] }.contains("1 labels for 6 points"))
    #expect(message { $0.classNames = ["a"] }.contains("label 1 has no name among 1"))
    let few = page().images?.prefix(2)
    #expect(message { $0.images = few }.contains("2 images for 6 points"))
  }
}
