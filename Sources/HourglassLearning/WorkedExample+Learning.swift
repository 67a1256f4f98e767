import Foundation

extension WorkedExample {
  /// How far a weight moves in one step of the explanation, for a slope of 1.
  package static let rate = 0.1
  /// Steps that the explanation takes.
  package static let stepCount = 5

  /// The backward pass and some steps of gradient descent as text: each slope, each new weight of the first step, then the
  /// error after every step.
  var learning: String {
    let gradient = gradient
    let steps = steps(Self.stepCount, rate: Self.rate)
    return """
      Learning. Which way must each weight go so that the error becomes smaller? The slope of the error
      along a number says how fast the error grows when that number grows a little. The backward pass
      finds all slopes, from the error back to the first weights.

      Slopes along the outputs: 2 * (output - input) / \(input.count). ReLU hands a slope on where its sum was above 0,
      and makes it 0 elsewhere.

      \(outputSlopes(gradient))

      Slopes along the decoder's weights: the output's slope times the number of the code that the
      weight was multiplied by.

      \(Self.weightSlopes("decoder", gradient.decoderSums, code, gradient.decoder))

      Slopes along the code: each of its numbers went into every output, by a weight of the decoder. Add
      up weight times slope; ReLU hands it on as above.

      \(codeSlopes(gradient))

      Slopes along the encoder's weights: the same as in the decoder, with the input in the place of
      the code.

      \(Self.weightSlopes("encoder", gradient.encoderSums, input, gradient.encoder))

      A step. Every weight goes against its slope, by \(Self.text(Self.rate)) (the learning rate) times the slope.

      \(Self.moves("encoder", encoder, gradient.encoder, steps[1].encoder))

      \(Self.moves("decoder", decoder, gradient.decoder, steps[1].decoder))

      And again, forward, backward and a step, each time with the new weights:

      \(Self.course(steps))

      That is all there is to training. Large networks do it with more weights, and with the mean of
      the slopes over many samples.

      After \(steps.count - 1) steps:

      \(steps[steps.count - 1].results)
      """
  }

  private func outputSlopes(_ gradient: WorkedGradient) -> String {
    Self.table(
      input.indices.map { index in
        [
          "output \(index + 1)",
          "= 2 * (\(Self.text(reconstruction[index])) - \(Self.text(input[index]))) / \(input.count)",
          "= \(Self.text(gradient.outputs[index]))",
          "  ReLU: \(Self.passage(decoded.sums[index], gradient.decoderSums[index]))",
        ]
      })
  }

  private func codeSlopes(_ gradient: WorkedGradient) -> String {
    Self.table(
      code.indices.flatMap { unit -> [[String]] in
        let slopes = gradient.decoderSums
        let weights = decoder.weights.map { $0[unit] }
        let products = zip(weights, slopes).map { "\(Self.text($0)) * \(Self.text($1))" }
        let passage = Self.passage(encoded.sums[unit], gradient.encoderSums[unit])
        return [
          ["code \(unit + 1)", "="] + Self.joined(products),
          ["", "="] + Self.joined(zip(weights, slopes).map { Self.text($0 * $1) })
            + ["= \(Self.text(gradient.code[unit]))", "  ReLU: \(passage)"],
        ]
      })
  }

  /// What ReLU hands on of a slope, and why.
  private static func passage(_ sum: Double, _ slope: Double) -> String {
    "\(text(sum)) is \(sum > 0 ? "" : "not ")above 0, so \(text(slope))"
  }

  /// A line for each row of weights.
  private static func weightSlopes(
    _ name: String, _ slopes: [Double], _ numbers: [Double], _ found: [[Double]]
  ) -> String {
    table(
      slopes.indices.map { row in
        ["\(name) row \(row + 1)", "= \(text(slopes[row])) * \(list(numbers))", "= \(list(found[row]))"]
      })
  }

  private static func moves(
    _ name: String, _ old: WorkedLayer, _ slopes: [[Double]], _ new: WorkedLayer
  ) -> String {
    table(
      old.weights.indices.map { row in
        [
          "\(name) row \(row + 1)", "= \(list(old.weights[row]))",
          "- \(text(rate)) * \(list(slopes[row]))", "= \(list(new.weights[row]))",
        ]
      })
  }

  private static func course(_ steps: [WorkedExample]) -> String {
    table(
      [["step", "  code", "  output", "  mean squared error"]]
        + steps.enumerated().map { step, example in
          [
            step == 0 ? "before" : "\(step)", "  \(list(example.code))", "  \(list(example.reconstruction))",
            "  \(text(example.meanSquaredError))",
          ]
        })
  }
}
