import HourglassBase
import HourglassGraph

extension OperationCatalogue {
  private static let axisSubsets = [[0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]]

  static let shapes: [EngineCase] =
    axisSubsets.flatMap { axes in
      [
        EngineCase("sum over axes \(axes)") { c in
          [c.input([3, 4, 6]).sum(axes: axes), c.parameter([3, 4, 6]).sum(axes: axes).square]
        },
        EngineCase("broadcast over axes \(axes)", batch: 16) { c in
          var shape: Shape = [3, 4, 6]
          for axis in axes { shape = shape.replacing(axis, with: 1) }
          return [
            c.input(shape).broadcast(to: [3, 4, 6]), c.parameter(shape).broadcast(to: [3, 4, 6]),
            c.parameter(shape).broadcast(to: [3, 4, 6]).inLanes,
          ]
        },
        EngineCase("sum of a broadcast over axes \(axes)", batch: 2) { c in
          let shape = axes.reduce(Shape([2, 3, 5])) { $0.replacing($1, with: 1) }
          let wide = (c.input(shape) * c.parameter(shape)).broadcast(to: [2, 3, 5])
          return [(wide * c.input([2, 3, 5])).sum(axes: axes)]
        },
      ]
    }
    + [[0], [1], [0, 1]].map { axes in
      EngineCase("sum of a matrix over axes \(axes)", batch: 15) { c in
        [
          c.input([5, 7]).sum(axes: axes), c.parameter([5, 7]).sum(axes: axes),
          c.input([5, 7]).mean(axes: axes).broadcast(to: [5, 7]),
        ]
      }
    }
    + [0, 1, 2].flatMap { axis in
      [
        EngineCase("slice, pad and concatenate along axis \(axis)") { c in
          let (x, p) = (c.input([4, 5, 6]), c.parameter([4, 5, 6]))
          return [x, p].flatMap { value in
            let part = value.slice(axis: axis, start: 1, count: 2)
            return [
              part, value.padded(axis: axis, before: 2, after: 1),
              Tensor.concatenate([part, value, part.square], axis: axis),
            ]
          } + [Tensor.concatenate([x, p], axis: axis)]
        },
        EngineCase("rearranged images before and after convolutions along axis \(axis)") { c in
          let x = layer(c.input([3, 4, 5]), c, outputs: 3)
          let parts = [x.slice(axis: axis, start: 0, count: 1), x.slice(axis: axis, start: 1, count: 2)]
          let turned = Tensor.concatenate([parts[1].tanh, parts[0]], axis: axis)
          return [
            layer(turned, c, outputs: 2),
            layer(parts[1].padded(axis: axis, before: 1, after: 0), c, outputs: 2),
          ]
        },
      ]
    }
    + [
      EngineCase("matrices in parts") { c in
        let x = c.input([4, 6])
        return [
          x.slice(axis: 1, start: 2, count: 3), x.slice(axis: 0, start: 1, count: 2),
          x.padded(axis: 1, before: 1, after: 2), Tensor.concatenate([x, x * 2], axis: 1),
          c.parameter([4, 6]).slice(axis: 1, start: 2, count: 3),
        ]
      },
      EngineCase("reshape", batch: 17) { c in
        let x = c.input([4, 3, 2])
        return [
          x.flattened, x.reshaped(to: [2, 6, 2]), x.reshaped(to: [6, 4]),
          x.reshaped(to: [6, 4]).square.flattened,
          c.input([24]).reshaped(to: [2, 3, 4]), c.parameter([24]).reshaped(to: [3, 8]),
          x.reshaped(to: [24, 1, 1]).tanh.reshaped(to: [4, 6]),
        ]
      },
      EngineCase("reshape between convolutions", batch: 2) { c in
        let x = layer(c.input([2, 4, 6]), c, outputs: 2)
        let turned = layer(x.reshaped(to: [3, 2, 8]), c, outputs: 2)
        let matrix = x.reshaped(to: [12, 4])
        return [
          turned.flattened, layer(matrix.reshaped(to: [4, 6, 2]), c, outputs: 2),
          layer(turned, c, outputs: 1),
        ]
      },
      EngineCase("sums to a number and back", batch: 16) { c in
        let x = c.input([3, 4, 5])
        let norm = x.square.sum.squareRoot
        return [x / norm, norm, x.mean, x * c.parameter([3, 4]).sum]
      },
    ]
}
