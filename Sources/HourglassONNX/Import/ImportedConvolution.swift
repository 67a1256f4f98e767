import HourglassBase
import HourglassGraph
import HourglassNN

/// A convolution, or a transposed one, as a file has it: any zeros around its images, or rows and columns that it leaves out. Groups
/// and gaps within its kernel are zeros in its weights already.
struct ImportedConvolution: Sendable {
  var isTransposed: Bool
  /// As our layers have them: `[filters, channels, rows, columns]`, and `[channels, filters, rows, columns]` of a transposed one.
  var weight: [Float]
  var bias: [Float]?
  var channels: Int
  var filters: Int
  var kernel: Pair
  var stride: Pair
  /// Rows and columns of its input.
  var input: Pair
  /// Zeros around the input; of a transposed convolution what is left out of its result.
  var border: ImportedBorder
  /// Rows and columns of its result.
  var output: Pair

  /// The result's size, for these borders.
  ///
  /// - Parameter extra: rows and columns beyond what a transposed convolution reaches.
  static func output(
    _ input: Int, kernel: Int, stride: Int, before: Int, after: Int, extra: Int, isTransposed: Bool
  ) -> Int {
    isTransposed
      ? stride * (input - 1) + kernel + extra - before - after
      : WindowFit.count(input, kernel: kernel, stride: stride, before: before, after: after)
  }

  /// The layers that do it, the last with the activation: one where zeros in a larger kernel make up for borders that our layers do not
  /// have, otherwise another that only moves its image.
  ///
  /// - Throws: `HourglassError`: badData when that needs more weights than a model may have, environment when there is no memory.
  func layers(_ activation: Activation) throws(HourglassError) -> [ImportedLayer] {
    try isTransposed ? transposed(activation) : plain(activation)
  }

  private func plain(_ activation: Activation) throws(HourglassError) -> [ImportedLayer] {
    let rows = WindowFit.windows(
      input.rows, kernel: kernel.rows, stride: stride.rows, before: border.before.rows,
      after: border.after.rows,
      canGrow: true)
    let columns = WindowFit.windows(
      input.columns, kernel: kernel.columns, stride: stride.columns, before: border.before.columns,
      after: border.after.columns, canGrow: true)
    if let (rows, columns) = WindowFit.both(rows, columns) { return [try layer(rows, columns, activation)] }
    let whole = WindowFit(kernel: kernel.rows, offset: 0, isSame: false)
    let wide = WindowFit(kernel: kernel.columns, offset: 0, isSame: false)
    return [try Self.pad(border, channels), try layer(whole, wide, activation)]
  }

  private func transposed(_ activation: Activation) throws(HourglassError) -> [ImportedLayer] {
    let rows = WindowFit.transposed(
      input.rows, output: output.rows, kernel: kernel.rows, stride: stride.rows, before: border.before.rows)
    let columns = WindowFit.transposed(
      input.columns, output: output.columns, kernel: kernel.columns, stride: stride.columns,
      before: border.before.columns)
    if let (rows, columns) = WindowFit.both(rows, columns) { return [try layer(rows, columns, activation)] }
    let high = WindowFit.reaching(
      input.rows, border.before.rows + output.rows, kernel: kernel.rows, stride: stride.rows)
    let wide = WindowFit.reaching(
      input.columns, border.before.columns + output.columns, kernel: kernel.columns, stride: stride.columns)
    let beyond = ImportedBorder(
      before: border.before,
      after: Pair(
        high.extent - border.before.rows - output.rows, wide.extent - border.before.columns - output.columns))
    return [try layer(high.fit, wide.fit, .linear), try Self.crop(beyond, filters, activation)]
  }

  private func layer(
    _ rows: WindowFit, _ columns: WindowFit, _ activation: Activation
  ) throws(HourglassError) -> ImportedLayer {
    let size = Pair(rows.kernel, columns.kernel)
    let padding: Padding = rows.isSame ? .same : .valid
    let weight = try Self.embedded(weight, channels * filters, kernel, rows, columns)
    let layer: any Layer =
      isTransposed
      ? Conv2DTranspose(
        filters, kernel: size, stride: stride, padding: padding, activation: activation, bias: bias != nil)
      : Conv2D(
        filters, kernel: size, stride: stride, padding: padding, activation: activation, bias: bias != nil)
    return ImportedLayer(layer: layer, weights: [("weight", weight)] + (bias.map { [("bias", $0)] } ?? []))
  }

  // MARK: Moving images

  /// Zeros around an image, as a transposed convolution whose kernel has one 1.
  static func pad(_ border: ImportedBorder, _ channels: Int) throws(HourglassError) -> ImportedLayer {
    let kernel = border.kernel
    return ImportedLayer(
      layer: Conv2DTranspose(channels, kernel: kernel, padding: .valid, bias: false),
      weights: [("weight", try moving(border, channels))])
  }

  /// The middle of an image, as a convolution whose kernel has one 1.
  static func crop(
    _ border: ImportedBorder, _ channels: Int, _ activation: Activation
  ) throws(HourglassError) -> ImportedLayer {
    let kernel = border.kernel
    return ImportedLayer(
      layer: Conv2D(channels, kernel: kernel, padding: .valid, activation: activation, bias: false),
      weights: [("weight", try moving(border, channels))])
  }

  /// Each channel to itself.
  private static func moving(_ border: ImportedBorder, _ channels: Int) throws(HourglassError) -> [Float] {
    let kernel = border.kernel
    let area = kernel.rows * kernel.columns
    var weight = try zeros(channels, channels, area)
    for channel in 0..<channels {
      weight[
        (channel * channels + channel) * area + border.before.rows * kernel.columns + border.before.columns] =
        1
    }
    return weight
  }

  // MARK: Weights

  /// Kernels in the middle of larger ones of zeros.
  private static func embedded(
    _ weight: [Float], _ pairs: Int, _ kernel: Pair, _ rows: WindowFit, _ columns: WindowFit
  ) throws(HourglassError) -> [Float] {
    guard rows.kernel != kernel.rows || columns.kernel != kernel.columns else { return weight }
    var result = try zeros(pairs, rows.kernel, columns.kernel)
    for pair in 0..<pairs {
      for row in 0..<kernel.rows {
        let place = (pair * rows.kernel + row + rows.offset) * columns.kernel + columns.offset
        let source = (pair * kernel.rows + row) * kernel.columns
        result.replaceSubrange(place..<place + kernel.columns, with: weight[source..<source + kernel.columns])
      }
    }
    return result
  }

  private static func zeros(_ factors: Int...) throws(HourglassError) -> [Float] {
    let count = MemoryBudget.product(factors)
    guard count <= ModelLimits.parameters else {
      throw HourglassError(
        .badData, "a layer that moves an image would have more than 268,435,456 weights for its edges")
    }
    try MemoryBudget.process.admit(4 * count, for: "A layer of \(grouped(count)) weights")
    return [Float](repeating: 0, count: count)
  }

  /// Kernels with zeros between their numbers.
  static func dilated(_ weight: [Float], _ pairs: Int, _ kernel: Pair, _ dilation: Pair) -> [Float] {
    guard dilation != 1 else { return weight }
    let size = Pair((kernel.rows - 1) * dilation.rows + 1, (kernel.columns - 1) * dilation.columns + 1)
    var result = [Float](repeating: 0, count: pairs * size.rows * size.columns)
    for pair in 0..<pairs {
      for row in 0..<kernel.rows {
        for column in 0..<kernel.columns {
          result[(pair * size.rows + row * dilation.rows) * size.columns + column * dilation.columns] =
            weight[(pair * kernel.rows + row) * kernel.columns + column]
        }
      }
    }
    return result
  }

  /// Weights between all channels, of which those of other groups are zeros.
  ///
  /// - Parameter weight: `[outer, inner of one group, area]`; the outer axis is the filters, or a transposed convolution's channels.
  static func ungrouped(_ weight: [Float], outer: Int, inner: Int, area: Int, groups: Int) -> [Float] {
    guard groups > 1 else { return weight }
    var result = [Float](repeating: 0, count: outer * inner * groups * area)
    let perGroup = outer / groups
    for row in 0..<outer {
      let group = row / perGroup
      let place = (row * inner * groups + group * inner) * area
      result.replaceSubrange(
        place..<place + inner * area, with: weight[row * inner * area..<(row + 1) * inner * area])
    }
    return result
  }
}

extension ImportedBorder {
  /// The size of a kernel that moves an image by it.
  var kernel: Pair {
    Pair(before.rows + after.rows + 1, before.columns + after.columns + 1)
  }

  static func + (first: ImportedBorder, second: ImportedBorder) -> ImportedBorder {
    ImportedBorder(
      before: Pair(first.before.rows + second.before.rows, first.before.columns + second.before.columns),
      after: Pair(first.after.rows + second.after.rows, first.after.columns + second.after.columns))
  }
}
