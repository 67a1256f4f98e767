import HourglassBase
import HourglassGraph

extension OperationCatalogue {
  private static func plain(
    kernel: Int, stride: Int, padding: Padding, channels: Int = 3, outputs: Int = 5, height: Int = 7,
    width: Int = 6, batch: Int = 2
  ) -> EngineCase {
    let geometry = convolution(
      channels: channels, outputs, height, width, kernel: kernel, stride: stride, padding: padding)
    return EngineCase(
      "convolution \(geometry) \(padding) \(geometry.inputShape) to \(geometry.outputShape)", batch: batch
    ) { c in
      let x = c.input(geometry.inputShape)
      return [x.convolved(with: c.parameter(geometry.weightShape), geometry)]
    }
  }

  private static func transposed(
    kernel: Int, stride: Int, padding: Padding, channels: Int = 3, outputs: Int = 2, height: Int = 4,
    width: Int = 3
  ) -> EngineCase {
    let geometry = transposedConvolution(
      channels: channels, outputs, height, width, kernel: kernel, stride: stride, padding: padding)
    return EngineCase(
      "transposed convolution \(geometry) \(padding) \(geometry.outputShape) to \(geometry.inputShape)",
      batch: 2
    ) { c in
      let x = c.input(geometry.outputShape)
      let y = x.convolvedTransposed(with: c.parameter(geometry.weightShape), geometry)
      return [y, y.sigmoid]
    }
  }

  static let convolutions: [EngineCase] =
    [1, 2, 3, 5].flatMap { kernel in
      [1, 2, 3].flatMap { stride in
        Padding.allCases.flatMap { padding in
          [
            plain(kernel: kernel, stride: stride, padding: padding),
            transposed(kernel: kernel, stride: stride, padding: padding),
          ]
        }
      }
    }
    + [1, 2, 3, 4, 5, 8, 9, 16].map {
      plain(kernel: 3, stride: 1, padding: .same, channels: 2, outputs: $0, height: 3, width: 9)
    }
    + [1, 2, 4, 6, 7, 8, 13].map {
      plain(kernel: 2, stride: 1, padding: .valid, channels: $0, outputs: 3, height: 4, width: 3, batch: 17)
    }
    + [
      plain(kernel: 3, stride: 2, padding: .same, height: 1, width: 5),
      plain(kernel: 5, stride: 1, padding: .same, height: 2, width: 1),
      sharedOperands, nonsquareKernel, constantWeights,
    ]

  /// The same image read with different halos, the same weights both ways round.
  private static let sharedOperands = EngineCase("one image and weights for several convolutions") { c in
    let x = c.input([3, 5, 4]).tanh
    let small = convolution(channels: 3, 3, 5, 4, kernel: 3)
    let large = convolution(channels: 3, 2, 5, 4, kernel: 5)
    let weights = c.parameter(small.weightShape)
    let y = x.convolved(with: weights, small)
    return [
      y.convolvedTransposed(with: weights, small), x.convolved(with: c.parameter(large.weightShape), large),
      (y * x).convolved(with: weights.square, small),
    ]
  }

  private static let nonsquareKernel = EngineCase("kernel and stride differ between axes", batch: 15) { c in
    let geometry = ConvolutionGeometry(
      inputChannels: 2, outputChannels: 3,
      rows: WindowAxis(input: 7, kernel: 1, stride: 2, padding: .valid),
      columns: WindowAxis(input: 8, kernel: 4, stride: 3, padding: .same))
    return [c.input(geometry.inputShape).convolved(with: c.parameter(geometry.weightShape), geometry).relu]
  }

  private static let constantWeights = EngineCase("weights that are one number") { c in
    let geometry = convolution(channels: 2, 3, 4, 4, kernel: 3)
    let sums = c.input(geometry.inputShape)
      .convolved(with: c.graph.constant(0.5, shape: geometry.weightShape), geometry)
    return [sums, sums.flattened.multiplied(by: c.graph.constant(0.25, shape: [5, 48]))]
  }

  // MARK: After up-sampling

  static let upsampledConvolutions: [EngineCase] =
    [2, 3].flatMap { factor in
      [1, 2, 3, 4, 5].flatMap { kernel in
        // A valid window needs an image that is large enough.
        (kernel <= 2 * factor ? Padding.allCases : [.same]).map { padding in
          EngineCase("up-sampling \(factor) and \(kernel)x\(kernel) convolution \(padding)", batch: 2) { c in
            let x = c.input([2, 3, 2])
            let up = x.resampled(
              Resampling(
                kind: .nearest, channels: 2, height: 3, width: 2, factors: (rows: factor, columns: factor)))
            let geometry = convolution(
              channels: 2, 5, 3 * factor, 2 * factor, kernel: kernel, padding: padding)
            return [up.convolved(with: c.parameter(geometry.weightShape), geometry)]
          }
        }
      }
    } + [
      EngineCase("up-sampling before a strided convolution") { c in
        let up = c.input([2, 3, 3]).resampled(
          Resampling(kind: .nearest, channels: 2, height: 3, width: 3, factors: (rows: 2, columns: 2)))
        let geometry = convolution(channels: 2, 3, 6, 6, kernel: 3, stride: 2)
        return [up.convolved(with: c.parameter(geometry.weightShape), geometry)]
      },
      EngineCase("up-sampling with factors that differ between axes") { c in
        let up = c.input([2, 3, 3]).resampled(
          Resampling(kind: .nearest, channels: 2, height: 3, width: 3, factors: (rows: 1, columns: 3)))
        let geometry = convolution(channels: 2, 4, 3, 9, kernel: 3)
        return [up.convolved(with: c.parameter(geometry.weightShape), geometry), up]
      },
      // Strides of the layer and of the up-sampling together, as no pass makes them yet.
      EngineCase("a geometry with both stride and up-sampling") { c in
        let axis = WindowAxis(input: 4, output: 4, kernel: 3, stride: 2, padding: 1, upsampling: 2)
        let other = WindowAxis(input: 4, output: 3, kernel: 4, stride: 2, padding: 0, upsampling: 3)
        let geometry = ConvolutionGeometry(inputChannels: 2, outputChannels: 3, rows: axis, columns: other)
        let weights = c.parameter(geometry.weightShape)
        return [
          c.input(geometry.inputShape).convolved(with: weights, geometry),
          c.input(geometry.outputShape).convolvedTransposed(with: weights, geometry),
        ]
      },
    ]

  // MARK: Epilogues

  static let epilogues: [EngineCase] =
    [
      UnaryFunction.relu, .sigmoid, .tanh, .softplus,
    ].flatMap { function in
      [
        EngineCase("convolution, bias, \(function)", batch: 17) { c in
          [function.apply(layer(c.input([2, 4, 5]), c, outputs: 6))]
        },
        EngineCase("convolution, bias, \(function), gate", batch: 4) { c in
          let gate = c.input([6, 4, 5], -1.5...1)
          return [function.apply(layer(c.input([2, 4, 5]), c, outputs: 6)) * gate.step, gate]
        },
        EngineCase("dense, bias, \(function), gate", batch: 16) { c in
          let x = c.input([7])
          let dense = c.parameter([13, 7])
          return [function.apply(x.multiplied(by: dense) + c.parameter([13])) * c.input([13]).step]
        },
        EngineCase("dense without bias, \(function)", batch: 33) { c in
          [function.apply(c.input([7]).multiplied(by: c.parameter([5, 7])))]
        },
      ]
    } + [
      EngineCase("bias of one channel and of each place") { c in
        let geometry = convolution(channels: 2, 1, 3, 3, kernel: 3)
        let y = c.input(geometry.inputShape).convolved(with: c.parameter(geometry.weightShape), geometry)
        let z = c.input(geometry.inputShape).convolved(with: c.parameter(geometry.weightShape), geometry)
        return [
          y + c.parameter([1, 1, 1]).broadcast(to: [1, 3, 3]),
          z + c.parameter([1, 3, 3]),
        ]
      },
      EngineCase("two layers and relu between", batch: 17) { c in
        layer(layer(c.input([2, 4, 4]), c, outputs: 4).relu, c, outputs: 3).sigmoidWithCopy
      },
      EngineCase("gate that is a convolved image with halo") { c in
        let x = c.input([3, 4, 4])
        let gate = x.tanh
        return [
          layer(gate, c, outputs: 3) * gate.step, layer(x, c, outputs: 3).tanh * gate.step,
          gate.step * layer(x, c, outputs: 3).relu,
        ]
      },
    ]
}

extension Tensor {
  /// The activation and, kept from fusing, what it is of.
  fileprivate var sigmoidWithCopy: [Tensor] { [sigmoid, self * 2] }
}
