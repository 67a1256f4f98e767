import HourglassBase
import HourglassGraph

extension OperationCatalogue {
  private static let lengths = [1, 2, 15, 16, 17]

  static let alongAxes: [EngineCase] =
    [[0], [1], [2], [0, 2], [0, 1, 2]].flatMap { axes in
      [
        EngineCase("maximum along axes \(axes)", batch: 5) { c in
          [c.input([3, 4, 6]).maximum(axes: axes), c.parameter([3, 4, 6]).maximum(axes: axes).square]
        },
        EngineCase("log-sum-exp along axes \(axes)", batch: 16) { c in
          [c.input([3, 4, 6]).logSumExp(axes: axes), c.parameter([3, 4, 6]).logSumExp(axes: axes)]
        },
        EngineCase("softmax along axes \(axes)", batch: 2) { c in
          [c.input([3, 4, 6], -3...3).softmax(axes: axes), c.parameter([3, 4, 6]).softmax(axes: axes)]
        },
      ]
    }
    + [0, 1, 2].map { axis in
      EngineCase("masks along axis \(axis)", batch: 17) { c in
        let (x, p) = (c.input([4, 3, 5]), c.parameter([4, 3, 5]))
        return [x, p].flatMap { value in
          [1, 2, 3].map { value.largestMask(axis: axis, count: $0) * value }
            + [value.largestIndex(axis: axis) * value]
        }
      }
    }
    + lengths.flatMap { length in
      [
        EngineCase("maxima and masks of \(length)", batch: length) { c in
          let x = c.input([length])
          let counts = Set([1, (length + 1) / 2, length]).sorted()
          return [x.maximum(axes: [0]), x.largestIndex(axis: 0)]
            + counts.map { x.largestMask(axis: 0, count: $0) * x }
        },
        EngineCase("log-sum-exp and softmax of \(length)", batch: 17) { c in
          let x = c.input([length], 80...120)
          return [x.logSumExp(axes: [0]), x.softmax(axes: [0]), c.input([2, length]).logSumExp(axes: [1])]
        },
        // Rounded numbers: many equal ones, and zeros of both signs.
        EngineCase("masks of \(length) numbers with ties", batch: 16) { c in
          let x = c.input([2, length], -2...2)
          let counts = Set([1, (length + 1) / 2, length]).sorted()
          return counts.map { x.rounded.largestMask(axis: 1, count: $0) * x }
            + [x.rounded.maximum(axes: [1]), x.rounded.largestIndex(axis: 1)]
        },
      ]
    }
    + [
      EngineCase("masks of images before and after convolutions", batch: 3) { c in
        let x = layer(c.input([2, 4, 5]), c, outputs: 4)
        let sparse = x.largestMask(axis: 0, count: 2) * x
        return [layer(sparse, c, outputs: 2), layer(x.maximum(axes: [0]), c, outputs: 1)]
      },
      EngineCase("a mask of a batch mean", batch: 18) { c in
        let x = c.input([5]).tanh
        return [x * x.batchMean.largestMask(axis: 0, count: 2), x * x.batchMean.maximum(axes: [0])]
      },
      EngineCase("positions", batch: 2) { c in
        [c.graph.positions(17) * c.input([17]), c.graph.positions(1).inLanes, c.graph.positions(4).square]
      },
    ]

  /// Indices go beyond both ends of the matrix and have fractions.
  static let rows: [EngineCase] =
    [(1, 1), (2, 15), (7, 16), (16, 17), (5, 33)].flatMap { rows, width in
      [1, 3].map { count in
        EngineCase("\(count) of \(rows) rows of \(width)", batch: [1, 15, 16, 17, 33][width % 5]) { c in
          let matrix = c.parameter([rows, width])
          let indices = c.constantInput("indices", [count], -1...Double(rows) + 1)
          return [matrix.rows(at: indices).square, matrix.tanh.rows(at: indices) * c.input([width, count])]
        }
      }
    } + [
      EngineCase("rows at the largest", batch: 17) { c in
        let x = c.input([4, 3, 2])
        let rows = c.parameter([4, 5]).rows(at: x.largestIndex(axis: 0)).reshaped(to: [5, 3, 2])
        return [layer(rows.tanh, c, outputs: 2), rows * x.slice(axis: 0, start: 0, count: 1)]
      },
      EngineCase("rows of a batch mean", batch: 6) { c in
        let mean = c.input([3, 4]).square.batchMean
        return [mean.rows(at: c.constantInput("indices", [2], 0...3))]
      },
    ]

  /// Programs whose gradients are what the operations say, not the derivatives of their values.
  static let statedAdjoints: [EngineCase] =
    cases(of: UnaryFunction.stopGradient) + cases(of: BinaryFunction.straightThrough) + [
      EngineCase("the first of equal maxima takes the gradient", batch: 17) { c in
        let x = c.input([3, 6], -2...2)
        return [x.rounded.straightThrough(to: x).maximum(axes: [1])]
      },
      EngineCase("vector quantisation", batch: 17) { c in
        let code = layer(c.input([2, 4, 3]), c, outputs: 5)
        let book = c.parameter([7, 5])
        let geometry = convolution(channels: 5, 7, 4, 3, kernel: 1)
        let lengths = book.square.sum(axes: [1]).reshaped(to: [7, 1, 1])
        let products = code.convolved(with: book.reshaped(to: geometry.weightShape), geometry)
        let nearest = (products * 2 - lengths).stopGradient.largestIndex(axis: 0)
        let chosen = book.rows(at: nearest).reshaped(to: [5, 4, 3])
        let commitment = (code - chosen.stopGradient).square.mean
        let codebook = (chosen - code.stopGradient).square.mean
        return [layer(chosen.straightThrough(to: code), c, outputs: 2), commitment * 0.25 + codebook]
      },
      EngineCase("one of several by straight-through Gumbel softmax", batch: 15) { c in
        let noise = -(-(c.graph.random(.uniform, shape: [6]) * 0.9 + 0.05).logarithm).logarithm
        let soft = ((c.input([6]) + noise) / 0.7).softmax(axes: [0])
        let hard = soft.largestMask(axis: 0, count: 1).straightThrough(to: soft)
        return [hard.multiplied(by: c.parameter([4, 6])).tanh]
      },
    ]
}
