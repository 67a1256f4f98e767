import HourglassBase
import HourglassGraph

extension ReferenceInterpreter {
  func value(_ operation: AxisOperation, _ x: [Double], _ shape: Shape) -> [Double] {
    switch operation {
    case .sum(let axes):
      let summed = axes.reduce(shape) { $0.replacing($1, with: 1) }
      var result = [Double](repeating: 0, count: summed.count)
      for (at, place) in shape.places.enumerated() {
        var target = place
        for axis in axes { target[axis] = 0 }
        result[summed.index(target)] += x[at]
      }
      return result
    case .maximum(let axis):
      return lines(axis, shape).map { line in x[ranked(line, x)[0]] }
    case .largestMask(let axis, let count):
      var result = [Double](repeating: 0, count: x.count)
      for line in lines(axis, shape) {
        for place in ranked(line, x).prefix(count) { result[place] = 1 }
      }
      return result
    }
  }

  /// The numbers of the elements along the axis, for each place of the other axes.
  private func lines(_ axis: Int, _ shape: Shape) -> [[Int]] {
    shape.replacing(axis, with: 1).places.map { first in
      (0..<shape[axis]).map { position in
        var place = first
        place[axis] = position
        return shape.index(place)
      }
    }
  }

  /// The line from its largest element down, NaN first of all and equal ones as they are.
  private func ranked(_ line: [Int], _ x: [Double]) -> [Int] {
    line.filter { x[$0].isNaN }
      + line.enumerated().filter { !x[$0.element].isNaN }
      .sorted { (x[$1.element], $0.offset) < (x[$0.element], $1.offset) }.map(\.element)
  }
}
