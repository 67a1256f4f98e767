import HourglassBase
import HourglassGraph

extension ReferenceInterpreter {
  func value(
    _ operation: MovementOperation, _ x: [[Double]], _ shapes: [Shape], _ shape: Shape
  ) -> [Double] {
    switch operation {
    case .reshape:
      return x[0]
    case .broadcast:
      return shape.places.map { place in
        x[0][shapes[0].index(zip(place, shapes[0].dimensions).map { $1 == 1 ? 0 : $0 })]
      }
    case .slice(let axis, let start, _):
      return shape.places.map { place in
        var source = place
        source[axis] += start
        return x[0][shapes[0].index(source)]
      }
    case .pad(let axis, let before, _):
      return shape.places.map { place in
        var source = place
        source[axis] -= before
        return 0..<shapes[0][axis] ~= source[axis] ? x[0][shapes[0].index(source)] : 0
      }
    case .concatenate(let axis):
      return shape.places.map { place in
        var source = place
        var part = 0
        while source[axis] >= shapes[part][axis] {
          source[axis] -= shapes[part][axis]
          part += 1
        }
        return x[part][shapes[part].index(source)]
      }
    }
  }
}

extension Shape {
  /// The places of all elements, in row-major order.
  var places: [[Int]] {
    dimensions.reduce([[]]) { places, extent in places.flatMap { place in (0..<extent).map { place + [$0] } }
    }
  }

  /// The row-major number of the element at `place`.
  func index(_ place: [Int]) -> Int {
    zip(place, dimensions).reduce(0) { $0 * $1.1 + $1.0 }
  }
}
