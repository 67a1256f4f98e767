import CLaneKernels

// Maps, and the copies that are maps of one operand.
extension BoundStage {
  private var mapKernel: lane_function {
    let kernels = targets.kernels.table.pointee
    return lanes == 1 ? kernels.single.map : kernels.map
  }

  func bindMap(_ program: MapProgram, _ result: Int) {
    let layout = self.program.layout(result)
    var map = lane_map()
    map.channels = Int32(layout.channels)
    map.rows = Int32(layout.rows)
    map.columns = Int32(layout.columns)
    map.operand_count = Int32(program.operands.count)
    for (index, operand) in program.operands.enumerated() { map.setOperand(index, self.operand(operand)) }
    map.step_count = Int32(program.steps.count)
    for (index, step) in program.steps.enumerated() {
      map.setStep(
        index,
        lane_map_step(function: step.function.code, first: Int32(step.first), second: Int32(step.second)))
    }
    map.output_count = 1
    map.setOutput(
      0,
      lane_map_output(view: view(result), source: Int32(program.operands.count + program.steps.count - 1)))
    call(mapKernel, map)
  }

  func bindCopy(_ part: CopyPart, _ step: LaneStep) {
    let target = program.layout(step.result!)
    let source = part.source.map { program.layout(step.reads[$0]) }
    // The plan may have given a reshape its source's place: then there is nothing to move.
    if part.reshapes, plan.offsets[step.reads[0]] == plan.offsets[step.result!] { return }
    var extents = part.extents
    var targetStrides = (target.channelStride, target.rowStride)
    var sourceStrides = (source?.channelStride ?? 0, source?.rowStride ?? 0)
    if part.reshapes, let source {
      // Walk in the extents of the side with a halo; the other is one run of elements.
      if source.halo.isEmpty {
        sourceStrides = (target.rows * target.columns * 16, target.columns * 16)
      } else {
        extents = [source.channels, source.rows, source.columns]
        targetStrides = (source.rows * source.columns * 16, source.columns * 16)
      }
    }
    var map = lane_map()
    map.channels = Int32(extents[0])
    map.rows = Int32(extents[1])
    map.columns = Int32(extents[2])
    map.operand_count = 1
    if let source, let index = part.source {
      let offset = source.offset(part.sourceStart[0], part.sourceStart[1], part.sourceStart[2])
      map.setOperand(
        0,
        lane_operand(
          data: start(step.reads[index]) + floats(offset), channel_stride: Int64(floats(sourceStrides.0)),
          row_stride: Int64(floats(sourceStrides.1)), column_stride: Int64(lanes), laned: 1))
    } else {
      map.setOperand(
        0, lane_operand(data: table([Float(0)]), channel_stride: 0, row_stride: 0, column_stride: 0, laned: 0)
      )
    }
    let offset = target.offset(part.targetStart[0], part.targetStart[1], part.targetStart[2])
    map.output_count = 1
    map.setOutput(
      0,
      lane_map_output(
        view: lane_view(
          data: start(step.result!) + floats(offset), channel_stride: Int64(floats(targetStrides.0)),
          row_stride: Int64(floats(targetStrides.1)), channels: map.channels, rows: map.rows,
          columns: map.columns),
        source: 0))
    call(mapKernel, map)
  }
}
