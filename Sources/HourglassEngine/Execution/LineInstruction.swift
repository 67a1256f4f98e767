import HourglassBase

/// Maxima and masks along an axis of shared numbers in row-major order.
final class LineInstruction: SharedInstruction {
  enum Kind {
    case maximum
    case largestMask(count: Int)
  }

  private let kind: Kind
  private let length: Int
  /// Lines before and after the axis; a line's elements are `inner` apart.
  private let outer: Int
  private let inner: Int
  private let source: UnsafeMutablePointer<Float>
  private let target: UnsafeMutablePointer<Float>

  init(
    _ kind: Kind, shape: Shape, axis: Int, source: UnsafeMutablePointer<Float>,
    target: UnsafeMutablePointer<Float>
  ) {
    self.kind = kind
    length = shape[axis]
    outer = shape.dimensions[..<axis].reduce(1, *)
    inner = shape.dimensions[(axis + 1)...].reduce(1, *)
    self.source = source
    self.target = target
  }

  func run() {
    for line in 0..<outer * inner {
      let (before, after) = line.quotientAndRemainder(dividingBy: inner)
      let start = before * length * inner + after
      switch kind {
      case .maximum: target[line] = maximum(source + start)
      case .largestMask(let count): mask(count, source + start, target + start)
      }
    }
  }

  private func maximum(_ line: UnsafeMutablePointer<Float>) -> Float {
    var best = line[0]
    for place in stride(from: inner, to: length * inner, by: inner) where Self.beats(line[place], best) {
      best = line[place]
    }
    return best
  }

  private func mask(
    _ count: Int, _ line: UnsafeMutablePointer<Float>, _ result: UnsafeMutablePointer<Float>
  ) {
    for position in 0..<length { result[position * inner] = 0 }
    for _ in 0..<count {
      var best: Int?
      for place in stride(from: 0, to: length * inner, by: inner) where result[place] == 0 {
        if best.map({ Self.beats(line[place], line[$0]) }) ?? true { best = place }
      }
      if let best { result[best] = 1 }
    }
  }

  /// NaN counts as larger than every number, as in the kernels.
  private static func beats(_ value: Float, _ best: Float) -> Bool { !(value <= best) && !best.isNaN }
}
