import HourglassBase
import HourglassMessages

/// What lies between samples as the data have them and as a model computes with them: axes, units, and sizes that the model's
/// layers bring back.
package struct SampleBorders {
  package var writer: NodeWriter
  /// What a stored number is worth to the model; nil where it is that number.
  var scale: Float?
  /// Whether images have their channels last.
  var isTurned: Bool
  /// Images get rows and columns to a multiple of it, which are cut off again; 1 for none.
  let step: Int
  /// Height and width of the images, once it is needed.
  private var size: String?

  package init(writer: NodeWriter, scale: Float?, isTurned: Bool, step: Int) {
    self.writer = writer
    self.scale = scale
    self.isTurned = isTurned
    self.step = step
  }

  /// From the data to the model.
  package mutating func enter(_ input: String) -> String {
    var value = input
    if isTurned { value = writer.add("Transpose", [value], .integers("perm", [0, 3, 1, 2])) }
    if let scale { value = writer.add("Mul", [value, writer.number(Double(scale))]) }
    return step > 1 ? padded(value) : value
  }

  /// From the model to the data.
  package mutating func leave(_ reconstruction: String) -> String {
    var value = reconstruction
    if let size {
      value = writer.add("Slice", [value, writer.integers([0, 0]), size, writer.integers([2, 3])])
    }
    if let scale { value = writer.add("Div", [value, writer.number(Double(scale))]) }
    if isTurned { value = writer.add("Transpose", [value], .integers("perm", [0, 2, 3, 1])) }
    return value
  }

  /// With its last rows and columns repeated.
  private mutating func padded(_ image: String) -> String {
    let size = writer.add("Shape", [image], .integer("start", 2), .integer("end", 4))
    self.size = size
    let step = writer.integers([step])
    let beyond = writer.add("Mod", [size, step])
    let missing = writer.add("Mod", [writer.add("Sub", [step, beyond]), step])
    let pads = writer.add(
      "Concat", [writer.integers([Int](repeating: 0, count: 6)), missing], .integer("axis", 0))
    return writer.add("Pad", [image, pads], .text("mode", "edge"))
  }
}
