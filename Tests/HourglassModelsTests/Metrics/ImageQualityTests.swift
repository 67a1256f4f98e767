import Foundation
import HourglassBase
import HourglassModels
import Testing

/// The expected numbers come from scikit-image 0.26.0 with NumPy 2.4.6:
///
/// ```python
/// import numpy as np
/// from skimage.metrics import peak_signal_noise_ratio, structural_similarity
///
/// def images(channels, height, width):
///     i = np.arange(channels * height * width)
///     a = (i * 37 + i // 5 * 11) % 101 / 100
///     b = 0.75 * a + 0.25 * ((i * 53 + 7) % 89 / 88)
///     shape = (channels, height, width)
///     # As the program has them: rounded to 32 bits.
///     return [x.astype(np.float32).astype(np.float64).reshape(shape) for x in (a, b)]
///
/// for shape in [(1, 28, 28), (3, 16, 21), (1, 11, 11)]:
///     a, b = images(*shape)
///     print(shape, repr(np.mean((a - b) ** 2)), repr(peak_signal_noise_ratio(a, b, data_range=1)),
///           repr(structural_similarity(
///               a, b, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1, channel_axis=0)))
/// ```
struct ImageQualityTests {
  /// MS-SSIM of the same images, by NumPy from the paper's formulas: windows of 11x11 as one product of two Gaussians, no
  /// separate passes.
  @Test func multiScaleSimilarityAgreesWithNumPy() {
    let references: [(shape: Shape, value: Double, scales: Int)] = [
      ([1, 28, 28], 0.9210847108248515, 2), ([3, 47, 90], 0.9378778361124519, 3),
      ([1, 180, 177], 0.9171317011888009, 5), ([1, 11, 14], 0.9430306210601597, 1),
    ]
    for reference in references {
      let i = 0..<reference.shape.count
      let a = i.map { Double(($0 * 37 + $0 / 5 * 11) % 101) / 100 }
      let b = i.map { 0.75 * a[$0] + 0.25 * (Double(($0 * 53 + 7) % 89) / 88) }
      let (value, scales) = multiScaleSimilarity(a.map(Float.init), b.map(Float.init), shape: reference.shape)
      #expect(abs(value - reference.value) < 1e-6 && scales == reference.scales, "\(reference.shape)")
    }
  }

  /// Of plain images only the brightness at the coarsest scale differs.
  @Test func multiScaleSimilarityOfPlainImages() {
    let (a, b) = ([Float](repeating: 0.25, count: 1024), [Float](repeating: 0.75, count: 1024))
    let brightness = (2 * 0.25 * 0.75 + 0.0001) / (0.25 * 0.25 + 0.75 * 0.75 + 0.0001)
    let expected = pow(brightness, 0.2856 / (0.0448 + 0.2856))
    #expect(abs(multiScaleSimilarity(a, b, shape: [1, 32, 32]).value - expected) < 1e-6)
    #expect(multiScaleSimilarity(a, a, shape: [1, 32, 32]).value == 1)
  }

  struct Reference: Sendable {
    var shape: Shape
    var error: Double
    var ratio: Double
    var similarity: Double
  }

  private static let references = [
    Reference(
      shape: [1, 28, 28], error: 0.010422218727422019, ratio: 19.82039816688771,
      similarity: 0.9231256300168378),
    Reference(
      shape: [3, 16, 21], error: 0.010654206165562919, ratio: 19.724789035996185,
      similarity: 0.9273692266199669),
    Reference(
      shape: [1, 11, 11], error: 0.009333391383274405, ratio: 20.29960522232013,
      similarity: 0.9311237709130672),
  ]

  private static func images(_ shape: Shape) -> (a: [Float], b: [Float]) {
    var a: [Float] = []
    var b: [Float] = []
    for index in 0..<shape.count {
      let first = Double((index * 37 + index / 5 * 11) % 101) / 100
      let other = Double((index * 53 + 7) % 89) / 88
      a.append(Float(first))
      b.append(Float(0.75 * first + 0.25 * other))
    }
    return (a, b)
  }

  @Test(arguments: references)
  func agreesWithScikitImage(_ reference: Reference) throws {
    let (a, b) = Self.images(reference.shape)
    let error = meanSquaredError(trusted: a, b)
    #expect(abs(error - reference.error) < 1e-12)
    #expect(abs(peakSignalToNoiseRatio(meanSquaredError: error) - reference.ratio) < 1e-9)
    #expect(try abs(structuralSimilarity(a, b, shape: reference.shape) - reference.similarity) < 1e-9)
    #expect(try abs(structuralSimilarity(b, a, shape: reference.shape) - reference.similarity) < 1e-9)
  }

  @Test func findsEqualImagesPerfect() throws {
    for shape: Shape in [[1, 28, 28], [3, 4, 40], [1, 1, 1]] {
      let (a, _) = Self.images(shape)
      #expect(meanSquaredError(trusted: a, a) == 0)
      #expect(try abs(structuralSimilarity(a, a, shape: shape) - 1) < 1e-9)
    }
    #expect(peakSignalToNoiseRatio(meanSquaredError: 0) == 100)
  }

  @Test func measuresImagesSmallerThanTheWindow() throws {
    let (a, b) = Self.images([1, 5, 7])
    let similarity = try structuralSimilarity(a, b, shape: [1, 5, 7])
    #expect(similarity > 0.5 && similarity < 1)
  }

  @Test func keepsNothingOfTheImageBefore() {
    let shape: Shape = [1, 28, 28]
    let (a, b) = Self.images(shape)
    var measure = StructuralSimilarity(shape: shape)
    let first = measure(a, b)
    _ = measure(b, b.reversed())
    #expect(measure(a, b) == first)
  }
}
