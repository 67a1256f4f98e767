import HourglassNN

/// How a window along one axis of a file becomes one of ours, whose padding is `same` or `valid`.
struct WindowFit: Equatable {
  /// At least the file's.
  var kernel: Int
  /// Zeros before the file's weights in ours.
  var offset: Int
  var isSame: Bool

  /// How many windows there are over an axis that zeros were added to.
  static func count(_ input: Int, kernel: Int, stride: Int, before: Int, after: Int) -> Int {
    (input + before + after - kernel) / stride + 1
  }

  /// Windows over an axis. Where the padding is another than ours, as PyTorch's before a stride of 2, a larger kernel with zeros does
  /// the same.
  ///
  /// - Parameters:
  ///   - input: extent of the axis.
  ///   - canGrow: whether zeros in the kernel change nothing: in convolutions, not in pooling.
  static func windows(
    _ input: Int, kernel: Int, stride: Int, before: Int, after: Int, canGrow: Bool
  ) -> [WindowFit] {
    guard input + before + after >= kernel else { return [] }
    let output = count(input, kernel: kernel, stride: stride, before: before, after: after)
    var fits: [WindowFit] = []
    if input >= kernel, before == 0,
      output == count(input, kernel: kernel, stride: stride, before: 0, after: 0)
    {
      fits.append(WindowFit(kernel: kernel, offset: 0, isSame: false))
    }
    guard output == (input + stride - 1) / stride else { return fits }
    let largest = canGrow ? min(kernel + 2 * (before + after + stride), 255) : kernel
    for size in kernel...max(largest, kernel) {
      let offset = max((output - 1) * stride + size - input, 0) / 2 - before
      guard offset >= 0, offset + kernel <= size, canGrow || offset == 0 else { continue }
      return fits + [WindowFit(kernel: size, offset: offset, isSame: true)]
    }
    return fits
  }

  /// Windows of a transposed convolution.
  ///
  /// - Parameter output: extent of the result.
  static func transposed(_ input: Int, output: Int, kernel: Int, stride: Int, before: Int) -> [WindowFit] {
    var fits: [WindowFit] = []
    if before == 0, output == input * stride + max(kernel - stride, 0) {
      fits.append(WindowFit(kernel: kernel, offset: 0, isSame: false))
    }
    guard output == input * stride else { return fits }
    for size in kernel...max(min(kernel + 2 * (before + stride), 255), kernel) {
      let offset = max(size - stride, 0) / 2 - before
      guard offset >= 0, offset + kernel <= size else { continue }
      return fits + [WindowFit(kernel: size, offset: offset, isSame: true)]
    }
    return fits
  }

  /// Windows of a transposed convolution without padding, with zeros at the end of its kernel where it does not reach far enough.
  ///
  /// - Returns: also how far they reach, at least to `extent`.
  static func reaching(
    _ input: Int, _ extent: Int, kernel: Int, stride: Int
  ) -> (fit: WindowFit, extent: Int) {
    var size = kernel
    func reached() -> Int { input * stride + max(size - stride, 0) }
    if reached() < extent { size = stride + extent - input * stride }
    return (WindowFit(kernel: size, offset: 0, isSame: false), reached())
  }

  /// A choice for both axes with the same padding; nil where there is none.
  static func both(_ rows: [WindowFit], _ columns: [WindowFit]) -> (rows: WindowFit, columns: WindowFit)? {
    for row in rows {
      if let column = columns.first(where: { $0.isSame == row.isSame }) { return (row, column) }
    }
    return nil
  }
}
