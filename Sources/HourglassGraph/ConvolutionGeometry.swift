import HourglassBase

/// How a window moves along one axis: output `y` at kernel position `k` reads input
/// `floor((y * stride + k - padding) / upsampling)`, or zero outside the input.
package struct WindowAxis: Hashable, Sendable {
  package var input: Int
  package var output: Int
  package var kernel: Int
  package var stride: Int
  /// Zeros before the first element. Those after the last follow from the sizes.
  package var padding: Int
  /// Nearest-neighbour up-sampling of the input before the window moves over it; 1 for none.
  package var upsampling: Int

  package init(input: Int, output: Int, kernel: Int, stride: Int, padding: Int, upsampling: Int = 1) {
    self.input = input
    self.output = output
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.upsampling = upsampling
  }

  /// The sizes Keras gives: `same` yields `ceil(input / stride)` outputs with the odd zero at the end, `valid`
  /// only whole windows.
  package init(input: Int, kernel: Int, stride: Int, padding: Padding) {
    switch padding {
    case .same:
      let output = (input + stride - 1) / stride
      let total = max((output - 1) * stride + kernel - input, 0)
      self.init(input: input, output: output, kernel: kernel, stride: stride, padding: total / 2)
    case .valid:
      let output = input < kernel ? 0 : (input - kernel) / stride + 1
      self.init(input: input, output: output, kernel: kernel, stride: stride, padding: 0)
    }
  }

  /// The axis of a transposed convolution, described as the convolution it is the adjoint of: `same` yields
  /// `input * stride` outputs, `valid` `input * stride + max(kernel - stride, 0)`, as Keras does.
  package init(transposedInput input: Int, kernel: Int, stride: Int, padding: Padding) {
    switch padding {
    case .same:
      self.init(
        input: input * stride, output: input, kernel: kernel, stride: stride,
        padding: max(kernel - stride, 0) / 2)
    case .valid:
      self.init(
        input: input * stride + max(kernel - stride, 0), output: input, kernel: kernel, stride: stride,
        padding: 0)
    }
  }

  /// What an output reads at kernel position `k`; may lie outside the input.
  func source(output y: Int, kernel k: Int) -> Int {
    floorDivide(y * stride + k - padding, upsampling)
  }
}

/// How zeros are put around an image before a window moves over it, as Keras names it.
public enum Padding: String, Hashable, Sendable, CaseIterable {
  case same, valid
}

/// A two-dimensional convolution: channels, and a window along each axis.
package struct ConvolutionGeometry: Hashable, Sendable {
  package var inputChannels: Int
  package var outputChannels: Int
  package var rows: WindowAxis
  package var columns: WindowAxis

  package init(inputChannels: Int, outputChannels: Int, rows: WindowAxis, columns: WindowAxis) {
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.rows = rows
    self.columns = columns
  }

  package var inputShape: Shape { [inputChannels, rows.input, columns.input] }
  package var outputShape: Shape { [outputChannels, rows.output, columns.output] }
  package var weightShape: Shape { [outputChannels, inputChannels, rows.kernel, columns.kernel] }

  /// Multiplications and additions of one sample as a direct convolution over the up-sampled input would do
  /// them, two for each product.
  package var nominalOperations: Int {
    2 * outputShape.count * inputChannels * rows.kernel * columns.kernel
  }
}

/// Windows of a pooling layer. `upsampling` is 1 in both axes.
package struct PoolGeometry: Hashable, Sendable {
  package var channels: Int
  package var rows: WindowAxis
  package var columns: WindowAxis

  package init(channels: Int, rows: WindowAxis, columns: WindowAxis) {
    self.channels = channels
    self.rows = rows
    self.columns = columns
  }

  package var inputShape: Shape { [channels, rows.input, columns.input] }
  package var outputShape: Shape { [channels, rows.output, columns.output] }
}

/// Division that rounds towards minus infinity.
func floorDivide(_ a: Int, _ b: Int) -> Int {
  let quotient = a / b
  return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient
}
