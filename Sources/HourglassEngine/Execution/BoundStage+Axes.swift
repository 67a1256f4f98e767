import CLaneKernels

// Reductions and masks along an axis, and rows of shared matrices.
extension BoundStage {
  /// - Parameter count: of a mask, how many elements of a line it takes.
  func alongAxis(_ axis: Int, _ step: LaneStep, count: Int = 0) -> lane_along_axis {
    let rank = program.graph.nodes[step.reads[0]].shape.rank
    return lane_along_axis(
      input: view(step.reads[0]), output: view(step.result!), axis: Int32(LaneLayout.axis(axis, rank: rank)),
      count: Int32(count))
  }

  func bindGather(_ step: LaneStep) {
    let shape = program.graph.nodes[step.sharedReads[0]].shape
    call(
      targets.kernels.table.pointee.gather_rows,
      lane_gather_rows(
        matrix: targets.shared.address(step.sharedReads[0]), indices: start(step.reads[0]),
        output: start(step.result!), rows: Int32(shape[0]), width: Int32(shape[1]),
        count: Int32(program.graph.nodes[step.reads[0]].shape.count)))
  }

  func bindScatter(_ step: LaneStep, scratch: UnsafeMutablePointer<Float>?) {
    let shape = program.graph.nodes[step.reduction!].shape
    call(
      targets.kernels.table.pointee.scatter_rows,
      lane_scatter_rows(
        indices: start(step.reads[0]), values: start(step.reads[1]),
        sums_offset: Int64(sumsOffset(step.reduction!)), rows: Int32(shape[0]), width: Int32(shape[1]),
        count: Int32(program.graph.nodes[step.reads[0]].shape.count), scratch: scratch))
  }
}
