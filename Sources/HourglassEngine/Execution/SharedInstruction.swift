import CLaneKernels
import HourglassBase
import HourglassGraph

/// A bound step on shared values.
protocol SharedInstruction: AnyObject {
  func run()
}

/// Elementwise: the map kernel over numbers in a row, sixteen to a vector.
final class FlatMapInstruction: SharedInstruction {
  private let kernel: lane_function
  private let descriptor: UnsafeMutablePointer<lane_map>

  init(
    kernels: KernelSet, function: MapProgram.Function, count: Int,
    operands: [(address: UnsafeMutablePointer<Float>, isFill: Bool)], result: UnsafeMutablePointer<Float>
  ) {
    kernel = kernels.table.pointee.map
    descriptor = .allocate(capacity: 1)
    var map = lane_map()
    map.channels = 1
    map.rows = 1
    map.columns = Int32((count + 15) / 16)
    map.operand_count = Int32(operands.count)
    for (index, operand) in operands.enumerated() {
      map.setOperand(
        index,
        lane_operand(
          data: UnsafePointer(operand.address), channel_stride: 0, row_stride: 0,
          column_stride: operand.isFill ? 0 : 16, laned: operand.isFill ? 0 : 1))
    }
    map.step_count = 1
    map.setStep(
      0, lane_map_step(function: function.code, first: 0, second: operands.count > 1 ? 1 : 0))
    map.output_count = 1
    map.setOutput(
      0,
      lane_map_output(
        view: lane_view(
          data: result, channel_stride: 0, row_stride: 0, channels: 1, rows: 1, columns: map.columns),
        source: Int32(operands.count)))
    descriptor.initialize(to: map)
  }

  deinit { descriptor.deallocate() }

  func run() {
    var context = lane_context()
    context.active = 16
    kernel(descriptor, &context)
  }
}

/// Moves or sums elements between row-major arrays of up to four axes: broadcast, sum, slice, pad, concatenate.
final class StridedInstruction: SharedInstruction {
  struct Block {
    var extents: [Int]
    var source: UnsafeMutablePointer<Float>
    var sourceStrides: [Int]
    var target: UnsafeMutablePointer<Float>
    var targetStrides: [Int]
  }

  private let blocks: [Block]
  private let isSum: Bool
  private let target: UnsafeMutablePointer<Float>
  private let targetCount: Int

  /// - Parameter isSum: adds to the target instead of storing.
  init(blocks: [Block], isSum: Bool, target: UnsafeMutablePointer<Float>, targetCount: Int) {
    self.blocks = blocks.map { block in
      var block = block
      let missing = 4 - block.extents.count
      block.extents = Array(repeating: 1, count: missing) + block.extents
      block.sourceStrides = Array(repeating: 0, count: missing) + block.sourceStrides
      block.targetStrides = Array(repeating: 0, count: missing) + block.targetStrides
      return block
    }
    self.isSum = isSum
    self.target = target
    self.targetCount = targetCount
  }

  func run() {
    target.update(repeating: 0, count: targetCount)
    for block in blocks {
      let (e, s, t) = (block.extents, block.sourceStrides, block.targetStrides)
      for a in 0..<e[0] {
        for b in 0..<e[1] {
          for c in 0..<e[2] {
            let source = block.source + (a * s[0] + b * s[1] + c * s[2])
            let target = block.target + (a * t[0] + b * t[1] + c * t[2])
            if isSum {
              sum(e[3], source, s[3], target, t[3])
            } else {
              for d in 0..<e[3] { target[d * t[3]] = source[d * s[3]] }
            }
          }
        }
      }
    }
  }

  private func sum(
    _ count: Int, _ source: UnsafeMutablePointer<Float>, _ sourceStride: Int,
    _ target: UnsafeMutablePointer<Float>, _ targetStride: Int
  ) {
    guard targetStride == 0 else {
      for d in 0..<count { target[d * targetStride] += source[d * sourceStride] }
      return
    }
    var total = 0.0
    for d in 0..<count { total += Double(source[d * sourceStride]) }
    target[0] += Float(total)
  }
}

/// Packs a convolution's weights, or adds up a packed gradient.
final class PackInstruction: SharedInstruction {
  private let pack: UnsafeMutablePointer<lane_pack>
  private let starts: UnsafeMutablePointer<Int32>
  private let sources: UnsafeMutablePointer<Int32>
  /// Set when the packed numbers are a gradient to be taken apart.
  private let gradient: UnsafeMutablePointer<Float>?
  private let gradientCount: Int

  init(
    _ table: [[Int]], weights: UnsafeMutablePointer<Float>, packed: UnsafeMutablePointer<Float>,
    unpacksTo gradientCount: Int? = nil
  ) {
    starts = .allocate(capacity: table.count + 1)
    let all = table.flatMap { $0 }
    sources = .allocate(capacity: max(all.count, 1))
    for (index, source) in all.enumerated() { sources[index] = Int32(source) }
    var at = 0
    for (index, entry) in table.enumerated() {
      starts[index] = Int32(at)
      at += entry.count
    }
    starts[table.count] = Int32(at)
    pack = .allocate(capacity: 1)
    pack.initialize(
      to: lane_pack(
        weights: UnsafePointer(weights), packed: packed, starts: starts, sources: sources,
        count: Int32(table.count)))
    gradient = gradientCount == nil ? nil : weights
    self.gradientCount = gradientCount ?? 0
  }

  deinit {
    pack.deallocate()
    starts.deallocate()
    sources.deallocate()
  }

  func run() {
    if let gradient {
      gradient.update(repeating: 0, count: gradientCount)
      lane_unpack_gradient(pack, pack.pointee.packed, gradient)
    } else {
      lane_pack_weights(pack)
    }
  }
}

extension SharedMemory {
  /// Binds a step to its addresses; nil where there is nothing to do.
  func instruction(_ step: SharedStep, kernels: KernelSet) -> (any SharedInstruction)? {
    switch step {
    case .packWeights(let weights):
      let phases = ConvolutionPhases(weights.geometry, transposed: weights.transposed)
      return PackInstruction(
        phases.packedSources(block: Int(kernels.table.pointee.convolution_block)),
        weights: address(weights.weights), packed: packed[weights]!)
    case .unpackGradient(let node, let geometry):
      return PackInstruction(
        ConvolutionPhases(geometry, transposed: false).gradientSources(), weights: address(node),
        packed: sumsAddress(node), unpacksTo: geometry.weightShape.count)
    case .compute(let node):
      return compute(node, kernels: kernels)
    }
  }

  private func compute(_ index: Int, kernels: KernelSet) -> (any SharedInstruction)? {
    let node = program.graph.nodes[index]
    switch node.operation {
    case .elementwise(let operation):
      return FlatMapInstruction(
        kernels: kernels, function: MapProgram.Function(operation), count: node.shape.count,
        operands: node.inputs.map { (address($0), isFill($0)) }, result: address(index))
    case .movement(let operation):
      return move(operation, index)
    case .alongAxis(.sum(let axes)):
      let input = program.graph.nodes[node.inputs[0]].shape
      var target = rowMajorStrides(node.shape)
      for axis in axes { target[axis] = 0 }
      return strided(
        [(node.inputs[0], input, sourceStrides(node.inputs[0], input, repeatedTo: input), 0)], input, target,
        index, isSum: true)
    case .alongAxis(.maximum(let axis)):
      return LineInstruction(
        .maximum, shape: program.graph.nodes[node.inputs[0]].shape, axis: axis,
        source: address(node.inputs[0]),
        target: address(index))
    case .alongAxis(.largestMask(let axis, let count)):
      return LineInstruction(
        .largestMask(count: count), shape: node.shape, axis: axis, source: address(node.inputs[0]),
        target: address(index))
    case .leaf, .linear, .window, .acrossSamples:
      preconditionFailure("\(node.operation.name) is not computed here")
    }
  }

  private func move(_ operation: MovementOperation, _ index: Int) -> (any SharedInstruction)? {
    let node = program.graph.nodes[index]
    switch operation {
    case .reshape:
      return nil  // The same numbers in the same place.
    case .broadcast(let shape):
      let inner = program.graph.nodes[node.inputs[0]].shape
      return strided(
        [(node.inputs[0], shape, sourceStrides(node.inputs[0], inner, repeatedTo: shape), 0)], shape,
        rowMajorStrides(shape), index)
    case .slice(let axis, let start, _):
      let inner = program.graph.nodes[node.inputs[0]].shape
      let strides = sourceStrides(node.inputs[0], inner, repeatedTo: inner)
      return strided(
        [(node.inputs[0], node.shape, strides, 0)], node.shape, rowMajorStrides(node.shape), index,
        sourceOffset: strides[axis] * start)
    case .pad(let axis, let before, _):
      let inner = program.graph.nodes[node.inputs[0]].shape
      let target = rowMajorStrides(node.shape)
      return strided(
        [
          (
            node.inputs[0], inner, sourceStrides(node.inputs[0], inner, repeatedTo: inner),
            target[axis] * before
          )
        ],
        inner, target, index)
    case .concatenate(let axis):
      let target = rowMajorStrides(node.shape)
      var at = 0
      let parts = node.inputs.map { input in
        let inner = program.graph.nodes[input].shape
        defer { at += inner[axis] }
        return (input, inner, sourceStrides(input, inner, repeatedTo: inner), target[axis] * at)
      }
      return strided(parts, node.shape, target, index)
    }
  }

  private func strided(
    _ parts: [(source: Int, extents: Shape, strides: [Int], targetOffset: Int)], _ shape: Shape,
    _ targetStrides: [Int], _ index: Int, isSum: Bool = false, sourceOffset: Int = 0
  ) -> StridedInstruction {
    StridedInstruction(
      blocks: parts.map {
        .init(
          extents: $0.extents.dimensions, source: address($0.source) + sourceOffset,
          sourceStrides: $0.strides, target: address(index) + $0.targetOffset, targetStrides: targetStrides)
      },
      isSum: isSum, target: address(index), targetCount: program.graph.nodes[index].shape.count)
  }

  private func sourceStrides(_ node: Int, _ inner: Shape, repeatedTo outer: Shape) -> [Int] {
    if isFill(node) { return Array(repeating: 0, count: outer.rank) }
    var strides = rowMajorStrides(inner)
    for axis in 0..<outer.rank where inner[axis] != outer[axis] { strides[axis] = 0 }
    return strides
  }

  private func rowMajorStrides(_ shape: Shape) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.rank)
    for axis in stride(from: shape.rank - 2, through: 0, by: -1) {
      strides[axis] = strides[axis + 1] * shape[axis + 1]
    }
    return strides
  }
}
