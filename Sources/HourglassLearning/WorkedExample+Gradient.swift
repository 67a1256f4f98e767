/// What the backward pass finds (Rumelhart, Hinton & Williams 1986): how the mean squared error changes when a number on
/// the way grows by a little. Slopes have the shape of what they are the slopes along.
package struct WorkedGradient: Sendable {
  /// Along each output, `2 (output - input) / n`.
  package var outputs: [Double]
  /// Along each of the decoder's sums: that of its output where the sum is above 0, else 0, since ReLU stops it.
  package var decoderSums: [Double]
  /// Along each weight of the decoder.
  package var decoder: [[Double]]
  /// Along each number of the code.
  package var code: [Double]
  /// Along each of the encoder's sums.
  package var encoderSums: [Double]
  /// Along each weight of the encoder.
  package var encoder: [[Double]]
}

extension WorkedExample {
  /// The backward pass, from the error to the first weights.
  package var gradient: WorkedGradient {
    let outputs = differences.map { -2 * $0 / Double(input.count) }
    let decoderSums = Self.throughReLU(outputs, decoded.sums)
    let code = self.code.indices.map { unit in
      zip(decoder.weights, decoderSums).map { $0[unit] * $1 }.reduce(0, +)
    }
    let encoderSums = Self.throughReLU(code, encoded.sums)
    return WorkedGradient(
      outputs: outputs, decoderSums: decoderSums, decoder: Self.products(decoderSums, self.code), code: code,
      encoderSums: encoderSums, encoder: Self.products(encoderSums, input))
  }

  /// The example after one step of gradient descent: `weight - rate * slope`.
  package func stepped(rate: Double) -> WorkedExample {
    func moved(_ layer: WorkedLayer, _ slopes: [[Double]]) -> WorkedLayer {
      WorkedLayer(weights: zip(layer.weights, slopes).map { zip($0, $1).map { $0 - rate * $1 } })
    }
    let gradient = gradient
    return WorkedExample(
      encoder: moved(encoder, gradient.encoder), decoder: moved(decoder, gradient.decoder))
  }

  /// The example before the first of some steps and after each.
  package func steps(_ count: Int, rate: Double) -> [WorkedExample] {
    (0..<count).reduce(into: [self]) { examples, _ in
      examples.append((examples.last ?? self).stepped(rate: rate))
    }
  }

  private static func throughReLU(_ slopes: [Double], _ sums: [Double]) -> [Double] {
    zip(slopes, sums).map { $1 > 0 ? $0 : 0 }
  }

  private static func products(_ slopes: [Double], _ numbers: [Double]) -> [[Double]] {
    slopes.map { slope in numbers.map { slope * $0 } }
  }
}
