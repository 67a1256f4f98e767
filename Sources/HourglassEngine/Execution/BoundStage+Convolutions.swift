import CLaneKernels
import HourglassGraph

extension BoundStage {
  /// The element offsets of each term, input channels outermost.
  private func offsets(
    _ phase: ConvolutionPhases.Phase, inputChannels: Int, _ layout: LaneLayout
  ) -> UnsafeMutablePointer<Int64> {
    table(
      (0..<inputChannels).flatMap { channel in
        phase.taps.map { Int64(floats(layout.offset(channel, $0.row, $0.column))) }
      })
  }

  func bindConvolution(
    _ geometry: ConvolutionGeometry, transposed: Bool, _ epilogue: Epilogue, _ step: LaneStep
  ) {
    let phases = ConvolutionPhases(geometry, transposed: transposed)
    let input = program.layout(step.reads[0])
    let output = program.layout(step.result!)
    let gate = epilogue.gate.map(program.layout)
    let key = PackedWeights(weights: step.sharedReads[0], geometry: geometry, transposed: transposed)
    guard var weights = targets.shared.packed[key] else { preconditionFailure("weights were not packed") }
    for phase in phases.phases {
      let terms = phases.termCount(phase)
      var convolution = lane_convolution()
      convolution.input = UnsafePointer(start(step.reads[0]))
      convolution.output =
        start(step.result!) + floats(output.offset(0, phase.rows.first, phase.columns.first))
      convolution.weights = UnsafePointer(weights)
      convolution.offsets = UnsafePointer(
        offsets(phase, inputChannels: phases.inputChannels, input))
      convolution.term_count = Int32(terms)
      convolution.output_channels = Int32(phases.outputChannels)
      convolution.rows = Int32(phase.rows.count)
      convolution.columns = Int32(phase.columns.count)
      convolution.input_row_step = Int64(floats(phases.rowPlan.inputStep * input.rowStride))
      convolution.input_column_step = Int64(phases.columnPlan.inputStep * lanes)
      convolution.output_channel_stride = Int64(floats(output.channelStride))
      convolution.output_row_step = Int64(floats(phases.rowPlan.outputStep * output.rowStride))
      convolution.output_column_step = Int64(phases.columnPlan.outputStep * lanes)
      if let gate {
        convolution.gate_offset = Int64(gate.offset(0, phase.rows.first, phase.columns.first))
        convolution.gate_row_step = Int64(phases.rowPlan.outputStep * gate.rowStride)
        convolution.gate_column_step = Int64(phases.columnPlan.outputStep * 16)
      }
      convolution.epilogue = self.epilogue(epilogue)
      let kernels = targets.kernels.table.pointee
      call(lanes == 1 ? kernels.single.convolve : kernels.convolve, convolution)
      weights += terms * phases.outputChannels
    }
  }

  func bindWeightGradient(_ geometry: ConvolutionGeometry, _ step: LaneStep) {
    let phases = ConvolutionPhases(geometry, transposed: false)
    let input = program.layout(step.reads[0])
    let output = program.layout(step.reads[1])
    var sumsOffset = sumsOffset(step.reduction!)
    for phase in phases.phases {
      let terms = phases.termCount(phase)
      var gradient = lane_convolution_weight_gradient()
      gradient.input = UnsafePointer(start(step.reads[0]))
      gradient.output_gradient = UnsafePointer(
        start(step.reads[1]) + output.offset(0, phase.rows.first, phase.columns.first))
      gradient.sums_offset = Int64(sumsOffset)
      gradient.offsets = UnsafePointer(offsets(phase, inputChannels: phases.inputChannels, input))
      gradient.term_count = Int32(terms)
      gradient.output_channels = Int32(phases.outputChannels)
      gradient.rows = Int32(phase.rows.count)
      gradient.columns = Int32(phase.columns.count)
      gradient.input_row_step = Int64(phases.rowPlan.inputStep * input.rowStride)
      gradient.input_column_step = Int64(phases.columnPlan.inputStep * 16)
      gradient.output_channel_stride = Int64(output.channelStride)
      gradient.output_row_step = Int64(phases.rowPlan.outputStep * output.rowStride)
      gradient.output_column_step = Int64(phases.columnPlan.outputStep * 16)
      call(targets.kernels.table.pointee.convolve_weight_gradient, gradient)
      sumsOffset += terms * phases.outputChannels
    }
  }
}
