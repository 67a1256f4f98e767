// Large values that are cheap to make are made again for the backward pass rather than kept through the whole
// network (Griewank 1992; Chen et al. 2016): what a micro-batch needs at once must fit the second cache.

extension LoweredProgram {
  /// Values smaller than this are kept.
  private static let leastFloats = 1 << 16
  /// A convolution with more terms in each sum is not cheap.
  private static let mostTerms = 16

  /// Repeats cheap convolutions before a second group of readers that is far from the first.
  mutating func recomputeCheapValues() {
    for number in stages.indices {
      var index = 0
      while index < stages[number].steps.count {
        if let repeated = worthRepeating(index, number) {
          repeatStep(index, before: repeated, number)
        }
        index += 1
      }
    }
  }

  /// The first late reader of the step's result; nil where the result is better kept.
  private func worthRepeating(_ index: Int, _ number: Int) -> Int? {
    let steps = stages[number].steps
    let step = steps[index]
    guard case .convolve(let geometry, let transposed, _) = step.kind, let result = step.result,
      layout(result).floats >= Self.leastFloats, !carried.contains(result),
      let terms = Optional(ConvolutionPhases(geometry, transposed: transposed)).map({ phases in
        phases.phases.map(phases.termCount).max() ?? 0
      }), terms <= Self.mostTerms
    else { return nil }
    let readers = steps.indices.filter { $0 > index && steps[$0].reads.contains(result) }
    // What is written in between is what the value would stand in the way of.
    for (early, late) in zip(readers, readers.dropFirst()) {
      let between = steps[(early + 1)..<late].compactMap(\.result).map { layout($0).floats }.reduce(0, +)
      let inputsLive = step.reads.allSatisfy { read in
        steps[late...].contains { $0.reads.contains(read) }
      }
      if between >= 2 * layout(result).floats && inputsLive { return late }
    }
    return nil
  }

  private mutating func repeatStep(_ index: Int, before late: Int, _ number: Int) {
    var step = stages[number].steps[index]
    guard let result = step.result else { return }
    let copy = graph.appendCopy(of: result)
    halos[copy] = halos[result]
    step.result = copy
    for reader in stages[number].steps.indices where reader >= late {
      stages[number].steps[reader].replaceRead(result, with: copy)
    }
    var inserted = [step]
    if halos[copy] != nil {
      inserted.insert(
        LaneStep(kind: .zeroHalo, reads: [], sharedReads: [], result: copy, reduction: nil, scope: ""), at: 0)
    }
    // A halo is cleared right before the step it belongs to.
    var place = late
    if place > 0, case .zeroHalo = stages[number].steps[place - 1].kind { place -= 1 }
    stages[number].steps.insert(contentsOf: inserted, at: place)
  }
}

extension LaneStep {
  fileprivate mutating func replaceRead(_ node: Int, with copy: Int) {
    reads = reads.map { $0 == node ? copy : $0 }
    switch kind {
    case .map(var map):
      for index in map.operands.indices
      where map.operands[index].isPerSample && map.operands[index].node == node {
        map.operands[index].node = copy
      }
      kind = .map(map)
    case .convolve(let geometry, let transposed, var epilogue) where epilogue.gate == node:
      epilogue.gate = copy
      kind = .convolve(geometry, transposed: transposed, epilogue)
    case .matrixProduct(let transposed, var epilogue) where epilogue.gate == node:
      epilogue.gate = copy
      kind = .matrixProduct(transposed: transposed, epilogue)
    case .load, .random, .reduce, .maximum, .largestMask, .convolve, .convolutionWeightGradient,
      .matrixProduct, .maskedProduct, .outerProduct, .gatherRows, .scatterRows, .maxPool, .maxPoolScatter,
      .maxPoolGather,
      .resample, .copy, .batchSum, .zeroHalo, .carryOut, .carryIn,
      .store:
      break
    }
  }
}
