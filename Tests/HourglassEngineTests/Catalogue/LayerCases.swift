import HourglassBase
import HourglassGraph

extension OperationCatalogue {
  static let products: [EngineCase] =
    [1, 15, 16, 17, 33].flatMap { rows in
      [1, 15, 16, 17, 33].map { columns in
        EngineCase("dense \(rows) x \(columns)", batch: [1, 15, 16, 17][(rows + columns) % 4]) { c in
          let weights = c.parameter([rows, columns])
          let y = c.input([columns]).multiplied(by: weights)
          return [y.tanh, y.tanh.multiplied(by: weights, transposed: true)]
        }
      }
    } + [
      EngineCase("dense 70 x 69", batch: 17) { c in
        [c.input([69]).multiplied(by: c.parameter([70, 69])).tanh]
      }
    ]
    + [(1, 1, 3), (5, 3, 1), (17, 33, 17), (70, 150, 33), (1100, 3, 80)].map { rows, columns, batch in
      // About half of the mask is 0.
      EngineCase("masked \(rows) x \(columns)", batch: batch) { c in
        let mask = c.parameter([rows]).relu
        return [c.input([columns]).multiplied(by: c.parameter([rows, columns]), mask: mask).tanh]
      }
    }

  /// What is added to is read by a convolution and by the sum; the sum may take the place of either.
  static let residuals: [EngineCase] = [1, 3, 17].map { batch in
    EngineCase("residual blocks", batch: batch) { c in
      let x = c.input([3, 6, 5])
      let first = x + layer(layer(x, c, outputs: 4).relu, c, outputs: 3)
      let second = first + layer(layer(first, c, outputs: 2).relu, c, outputs: 3)
      return [second, x + layer(second, c, outputs: 3)]
    }
  }

  static let pooling: [EngineCase] = [
    (2, 2, Padding.valid, 6, 8), (2, 2, .valid, 7, 5), (3, 2, .valid, 7, 8), (3, 1, .same, 4, 5),
    (2, 3, .valid, 7, 7), (3, 2, .same, 6, 7), (2, 2, .same, 5, 7), (1, 2, .valid, 4, 5),
  ].flatMap { window, stride, padding, height, width in
    let geometry = pool(channels: 3, height, width, window: window, stride: stride, padding: padding)
    return [
      EngineCase("max pool \(geometry) \(padding) \(height) x \(width)", batch: 5) { c in
        [c.input(geometry.inputShape).maxPooled(geometry).square]
      },
      EngineCase("max pool \(geometry) \(padding) \(height) x \(width) after relu", batch: 2) { c in
        [layer(c.input(geometry.inputShape), c, outputs: 3).relu.maxPooled(geometry).tanh]
      },
      EngineCase("average pool \(geometry) \(padding) \(height) x \(width)", batch: 17) { c in
        [c.input(geometry.inputShape).resampled(Resampling(average: geometry)).square]
      },
    ]
  }

  static let resampling: [EngineCase] = [(2, 2), (3, 1), (1, 4), (3, 2)].flatMap { rows, columns in
    [Resampling.Kind.nearest, .bilinear].flatMap { kind in
      [(4, 5), (1, 3)].map { height, width in
        EngineCase("\(kind) up-sampling of \(height) x \(width) by \(rows) x \(columns)", batch: 3) { c in
          let resampling = Resampling(
            kind: kind, channels: 2, height: height, width: width, factors: (rows: rows, columns: columns))
          return [c.input([2, height, width]).resampled(resampling).tanh]
        }
      }
    }
  }

  static let blurs: [EngineCase] = [(0.4, 5, 7), (1, 8, 3), (2.5, 4, 1)].map { deviation, height, width in
    EngineCase("blur of \(height) x \(width) by \(deviation)", batch: 3) { c in
      let blur = Resampling(gaussian: deviation, channels: 2, height: height, width: width)
      return [c.input([2, height, width]).resampled(blur).tanh]
    }
  }

  static let randomDraws: [EngineCase] = [
    EngineCase("random draws", batch: 17) { c in
      [
        c.graph.random(.uniform, shape: [3, 5, 7]), c.graph.random(.normal, shape: [11]),
        c.graph.random(.normal, shape: .scalar), c.graph.random(.uniform, shape: [4, 4]),
        c.graph.random(.uniform, shape: [9], isFixed: true),
      ]
    },
    EngineCase("noise before a convolution, and dropout", batch: 16) { c in
      let x = c.input([2, 5, 5]) + c.graph.random(.normal, shape: [2, 5, 5]) * 0.5
      let kept = c.graph.random(.uniform, shape: [3, 5, 5]).greater(than: 0.3)
      return [layer(x, c, outputs: 3).tanh * kept / 0.7]
    },
    EngineCase("draws used in several stages", batch: 33) { c in
      let noise = c.graph.random(.normal, shape: [2, 3, 3])
      let x = c.input([2, 3, 3]) * noise
      let mean = x.batchMean
      return [(x - mean) * noise, layer(noise - mean, c, outputs: 2)]
    },
  ]

  // MARK: Stages

  /// Batch normalisation, from batch means.
  private static func normalised(_ x: Tensor, _ c: CaseBuilder) -> (Tensor, mean: Tensor) {
    let channels = x.shape[0]
    let axes = Array(1..<x.shape.rank)
    let mean = x.mean(axes: axes).batchMean
    let centered = x - mean.broadcast(to: x.shape)
    let variance = centered.square.mean(axes: axes).batchMean
    let scale = (variance + 0.001).squareRoot.reciprocal
    let shape = Shape([channels] + axes.map { _ in 1 })
    let (gamma, beta) = (c.parameter(shape, 0.5...1.5), c.parameter(shape))
    return (centered * (scale * gamma).broadcast(to: x.shape) + beta.broadcast(to: x.shape), mean)
  }

  static let stages: [EngineCase] = [
    EngineCase("batch mean", batch: 17) { c in
      let x = c.input([3, 2, 2])
      return [x.batchMean, x.square.batchMean.squareRoot, c.input(.scalar).batchMean]
    },
    EngineCase("batch mean of shared and constant values", batch: 5) { c in
      let x = c.input([3])
      let lanes = c.parameter([3]).inLanes
      return [(lanes * x).batchMean, lanes.batchMean, x * lanes.square, lanes]
    },
    EngineCase("difference from the batch mean", batch: 33) { c in
      let x = c.input([5]).tanh
      return [x - x.batchMean, x]
    },
    EngineCase("batch normalisation of images", batch: 17) { c in
      let (y, mean) = normalised(layer(c.input([2, 4, 3]), c, outputs: 5), c)
      return [y.relu, mean]
    },
    EngineCase("batch normalisation between convolutions", batch: 6) { c in
      let (y, _) = normalised(layer(c.input([2, 4, 3]), c, outputs: 3), c)
      return [layer(y.tanh, c, outputs: 2)]
    },
    EngineCase("batch normalisation of vectors", batch: 16) { c in
      let x = c.input([6]).multiplied(by: c.parameter([4, 6]))
      let (y, mean) = normalised(x, c)
      return [y.sigmoid, mean]
    },
    EngineCase("sparsity by divergence", batch: 15) { c in
      let code = (c.input([6]).multiplied(by: c.parameter([8, 6])) + c.parameter([8])).sigmoid
      let rate = code.batchMean.clamped(0.001...0.999)
      let divergence = 0.05 * (0.05 / rate).logarithm + 0.95 * (0.95 / (1 - rate)).logarithm
      return [divergence.sum, code]
    },
    EngineCase("three stages of means", batch: 18) { c in
      let x = c.input([2, 3])
      let first = x.tanh.batchMean
      let second = (x * first).sigmoid.batchMean
      let third = ((x - second).square * first).batchMean
      return [x * third, first, second + c.parameter([2, 3]), third]
    },
    EngineCase("weights that depend on a batch mean", batch: 7) { c in
      let geometry = convolution(channels: 2, 3, 4, 3, kernel: 3)
      let x = c.input(geometry.inputShape)
      let mean = x.mean.batchMean
      let weights = c.parameter(geometry.weightShape) * (mean + 1)
      let dense = c.parameter([4, 36]) * mean.exponential
      let y = x.convolved(with: weights, geometry)
      return [y, y.flattened.multiplied(by: dense).tanh]
    },
    EngineCase("only shared values", batch: 1) { c in
      let a = c.parameter([4, 3])
      return [a.square.sum, a.sum(axes: [0]), a + 1, c.graph.constant(2.5, shape: [3])]
    },
    EngineCase("outputs that are inputs, parameters and constants", batch: 17) { c in
      let x = c.input([2, 3])
      return [
        x, c.parameter([3]), c.graph.constant(1.5, shape: [2]).inLanes, c.graph.constant(1).inLanes + x.sum,
      ]
    },
  ]
}
