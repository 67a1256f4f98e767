import HourglassDrawing
import HourglassPictures
import HourglassTestSupport
import Testing

struct ScatterPlotTests {
  private func plot(_ positions: [SIMD2<Float>], _ labels: [UInt8] = [], _ names: [String] = [])
    -> ScatterPlot
  {
    ScatterPlot(title: "Map", positions: positions, labels: labels, classNames: names, side: 1000)
  }

  private func pixel(_ picture: Picture, _ x: Int, _ y: Int) -> [UInt8] {
    let place = (y * picture.width + x) * 3
    return Array(picture.bytes[place..<place + 3])
  }

  @Test func pointsHaveTheirPlacesAndColours() throws {
    // A corner each; the second axis points upwards.
    let picture = try plot([[0, 0], [2, 0], [0, 2]], [0, 1, 2], ["a", "b", "c"]).drawn()
    let top = picture.height - 24 - 1000
    let places = [(29, top + 995), (1019, top + 995), (29, top + 5)]
    for (label, place) in places.enumerated() {
      let colour = ClassColours.colour(of: label)
      let found = pixel(picture, place.0, place.1)
      for channel in 0..<3 {
        #expect(abs(Int(found[channel]) - Int(colour[channel])) < 60, "\(label) \(found)")
      }
    }
    #expect(pixel(picture, 1019, top + 5) == [255, 255, 255])
    #expect(picture.width > 24 + 1000 + 24)
  }

  /// A disc's edge is neither its colour nor the ground's.
  @Test func edgesAreSmooth() throws {
    let picture = try plot([[0, 0], [1, 1]]).drawn()
    #expect(Set(stride(from: 0, to: picture.bytes.count, by: 3).map { picture.bytes[$0] }).count > 4)
  }

  @Test func oneAndEqualPoints() throws {
    for positions in [[SIMD2<Float>(3, 4)], [SIMD2<Float>](repeating: [7, 7], count: 5)] {
      let picture = try plot(positions).drawn()
      let found = pixel(picture, 24 + 500, picture.height - 24 - 500)
      #expect(found != [255, 255, 255])
    }
  }

  @Test func moreClassesThanColours() {
    #expect(ClassColours.all.count == 10 && Set(ClassColours.all).count == 10)
    #expect(ClassColours.colour(of: 12) == ClassColours.colour(of: 2))
    #expect(ClassColours.mark(of: 2) == .disc && ClassColours.mark(of: 12) == .ring)
    #expect(ClassColours.mark(of: 25) == .square && ClassColours.mark(of: 255) == .ring)
  }

  @Test func refusals() throws {
    func message(_ plot: ScatterPlot) -> String {
      thrownError { _ = try plot.drawn() }.message
    }
    #expect(message(plot([])) == "Cannot draw the map \"Map\": it has no points; give at least one.")
    #expect(message(plot([[0, 0]], [1, 2])).contains("2 labels for 1 points"))
    #expect(message(plot([[0, 0]], [1], ["a"])).contains("label 1 has no name among 1"))
    #expect(message(plot([[0, .nan]])).contains("point 0 is not finite"))
    var small = plot([[0, 0]])
    small.side = 10
    #expect(message(small).contains("side is 10 pixels"))
  }
}
