import HourglassBase
import HourglassGraph
import Testing

/// The sizes that Keras gives.
@Suite struct WindowAxisTests {
  struct Sizes: Sendable, CustomTestStringConvertible {
    var input: Int
    var kernel: Int
    var stride: Int
    var padding: Padding
    var output: Int
    /// Zeros before the first element.
    var before: Int

    var testDescription: String { "\(input), kernel \(kernel), stride \(stride), \(padding)" }
  }

  @Test(arguments: [
    Sizes(input: 28, kernel: 3, stride: 1, padding: .same, output: 28, before: 1),
    Sizes(input: 28, kernel: 3, stride: 2, padding: .same, output: 14, before: 0),
    Sizes(input: 7, kernel: 3, stride: 2, padding: .same, output: 4, before: 1),
    Sizes(input: 28, kernel: 2, stride: 1, padding: .same, output: 28, before: 0),
    Sizes(input: 28, kernel: 4, stride: 1, padding: .same, output: 28, before: 1),
    Sizes(input: 28, kernel: 5, stride: 3, padding: .same, output: 10, before: 2),
    Sizes(input: 5, kernel: 1, stride: 3, padding: .same, output: 2, before: 0),
    Sizes(input: 28, kernel: 3, stride: 1, padding: .valid, output: 26, before: 0),
    Sizes(input: 28, kernel: 3, stride: 2, padding: .valid, output: 13, before: 0),
    Sizes(input: 28, kernel: 28, stride: 5, padding: .valid, output: 1, before: 0),
    Sizes(input: 3, kernel: 5, stride: 1, padding: .valid, output: 0, before: 0),
    Sizes(input: 9, kernel: 2, stride: 3, padding: .valid, output: 3, before: 0),
  ])
  func convolution(_ sizes: Sizes) {
    let axis = WindowAxis(
      input: sizes.input, kernel: sizes.kernel, stride: sizes.stride, padding: sizes.padding)
    #expect(axis.output == sizes.output)
    #expect(axis.padding == sizes.before)
  }

  @Test(arguments: [
    Sizes(input: 7, kernel: 3, stride: 1, padding: .same, output: 7, before: 1),
    Sizes(input: 7, kernel: 3, stride: 2, padding: .same, output: 14, before: 0),
    Sizes(input: 7, kernel: 4, stride: 2, padding: .same, output: 14, before: 1),
    Sizes(input: 7, kernel: 2, stride: 3, padding: .same, output: 21, before: 0),
    Sizes(input: 7, kernel: 5, stride: 1, padding: .same, output: 7, before: 2),
    Sizes(input: 7, kernel: 3, stride: 1, padding: .valid, output: 9, before: 0),
    Sizes(input: 7, kernel: 3, stride: 2, padding: .valid, output: 15, before: 0),
    Sizes(input: 7, kernel: 2, stride: 2, padding: .valid, output: 14, before: 0),
    Sizes(input: 7, kernel: 2, stride: 3, padding: .valid, output: 21, before: 0),
  ])
  func transposedConvolution(_ sizes: Sizes) {
    let axis = WindowAxis(
      transposedInput: sizes.input, kernel: sizes.kernel, stride: sizes.stride, padding: sizes.padding)
    // Described as the convolution it is the adjoint of.
    #expect(axis.input == sizes.output)
    #expect(axis.output == sizes.input)
    #expect(axis.padding == sizes.before)
  }

  @Test func samePaddingOfATransposedConvolutionIsThatOfTheConvolution() {
    for input in 1...9 {
      for kernel in 1...6 {
        for stride in 1...4 {
          let axis = WindowAxis(transposedInput: input, kernel: kernel, stride: stride, padding: .same)
          let forward = WindowAxis(input: axis.input, kernel: kernel, stride: stride, padding: .same)
          #expect(forward == axis)
        }
      }
    }
  }

  @Test func operationsOfAConvolution() {
    let axis = WindowAxis(input: 28, kernel: 3, stride: 1, padding: .same)
    let geometry = ConvolutionGeometry(inputChannels: 16, outputChannels: 32, rows: axis, columns: axis)
    #expect(geometry.nominalOperations == 2 * 28 * 28 * 16 * 32 * 9)
    #expect(geometry.inputShape == [16, 28, 28])
    #expect(geometry.outputShape == [32, 28, 28])
    #expect(geometry.weightShape == [32, 16, 3, 3])
  }
}
