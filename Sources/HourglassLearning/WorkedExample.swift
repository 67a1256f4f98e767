import HourglassModels

/// An autoencoder small enough to be followed by hand: three numbers in, a code of two, three numbers out. One
/// fully connected layer each way without biases, ReLU after both, in double precision.
///
/// ```swift
/// print(WorkedExample().explanation)
/// ```
package struct WorkedExample: Sendable {
  /// What goes in, and what should come out again.
  package let input = [1.0, 0.8, 0.5]
  /// Three numbers to a code of two.
  package let encoder: WorkedLayer
  /// The code back to three numbers.
  package let decoder: WorkedLayer

  /// What the encoder makes of the input.
  package let encoded: WorkedLayer.Result
  /// What the decoder makes of the code.
  package let decoded: WorkedLayer.Result

  /// - Parameters:
  ///   - encoder: two rows of three weights; where nobody says which, those that the explanation begins with.
  ///   - decoder: three rows of two weights.
  package init(
    encoder: WorkedLayer = WorkedLayer(weights: [[0.8, 0.3, 0.5], [0.4, 0.7, 0.2]]),
    decoder: WorkedLayer = WorkedLayer(weights: [[0.9, 0.4], [0.2, 0.7], [0.5, 0.3]])
  ) {
    self.encoder = encoder
    self.decoder = decoder
    encoded = encoder(input)
    decoded = decoder(encoded.outputs)
  }

  /// The two numbers the encoder makes: `[1.29, 1.06]` at first.
  package var code: [Double] { encoded.outputs }

  /// The three numbers the decoder makes: `[1.585, 1, 0.963]` at first.
  package var reconstruction: [Double] { decoded.outputs }

  /// `input - reconstruction`, number by number.
  package var differences: [Double] { zip(input, reconstruction).map { $0 - $1 } }

  /// The differences multiplied by themselves.
  package var squaredErrors: [Double] { differences.map { $0 * $0 } }

  /// The mean of the squared errors, added up from the first to the last: 0.19886466666666677 at first.
  package var meanSquaredError: Double { squaredErrors.reduce(0, +) / Double(input.count) }

  /// Code, reconstruction and error in three lines, as NumPy prints them.
  package var results: String {
    """
    Encoder: \(Self.list(code))
    Decoder: \(Self.list(reconstruction))
    Mean Squared Error: \(meanSquaredError)
    """
  }
}
