import HourglassBase
import HourglassGraph
import HourglassNN
import HourglassTestSupport
import Testing

@Suite struct NestedResidualTests {
  private func nested(_ depth: Int) -> any Layer {
    var layer: any Layer = Dense(3)
    for _ in 0..<depth { layer = Residual([layer]) }
    return layer
  }

  /// Work that doubles with each level would never end.
  @Test func writingAndReadingGrowWithTheDepth() throws {
    let layer = nested(40)
    let value = LayerCatalogue.value(layer)
    let again = try LayerCatalogue.layer(value, path: "layer")
    #expect(LayerCatalogue.value(again) == value)
    #expect(try again.outputShape([3]) == [3])
    #expect(try Network("encoder", [layer]).rows([3]).map(\.parameterCount).reduce(0, +) == 12)
  }
}
