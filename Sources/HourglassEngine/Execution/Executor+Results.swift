import HourglassBase
import HourglassGraph

extension Executor {
  /// The value of a shared output after a run, row-major.
  package func shared(_ role: OutputRole) -> [Float] {
    let output = sharedOutput(role)
    let address = shared.address(output.node)
    if shared.isFill(output.node) { return Array(repeating: address[0], count: output.shape.count) }
    return Array(UnsafeBufferPointer(start: address, count: output.shape.count))
  }

  /// A shared output of one number.
  package func number(_ role: OutputRole) -> Float {
    shared.address(sharedOutput(role).node)[0]
  }

  private func sharedOutput(_ role: OutputRole) -> CompiledProgram.Output {
    guard let output = compiled.output(role), !output.isPerSample else {
      preconditionFailure("the program has no shared output \(role)")
    }
    return output
  }

  /// Calls `body` with a per-sample output of the last run: a row of the output's shape for each sample.
  package func withPerSample<Result>(
    _ role: OutputRole, _ body: (UnsafeBufferPointer<Float>) throws -> Result
  ) rethrows -> Result {
    guard let output = compiled.output(role), let memory = outputs[role] else {
      preconditionFailure("the program has no per-sample output \(role)")
    }
    return try body(UnsafeBufferPointer(start: memory, count: batchCount * output.shape.count))
  }

  /// The same for an output without a special role.
  package func withPerSample<Result>(
    _ name: String, _ body: (UnsafeBufferPointer<Float>) throws -> Result
  ) rethrows -> Result {
    try withPerSample(.output(name), body)
  }
}
