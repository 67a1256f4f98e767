import HourglassBase
import HourglassEngine
import HourglassFiles
import HourglassModels
import HourglassNN

/// What processes that work together compute, before they rely on it.
package enum Arithmetic {
  /// SHA-256 of the weights of a small model after a few steps. All instruction sets give the same; a process that gives another
  /// has a program that was built otherwise, or a machine that is broken.
  package static func fingerprint(_ kernels: KernelSet) throws -> String {
    var random = RandomNumbers(seed: 1, purpose: .sampling)
    let samples = try SampleArray(
      floats: (0..<40 * 24).map { _ in Float(random.uniform()) }, count: 40, shape: [24])
    let model = try Autoencoder(
      input: SampleForm([24], kind: .vector), encoder: [Dense(8, activation: .gelu)],
      decoder: [Dense(24, activation: .sigmoid)])
    let program = try model.trainingProgram(Undercomplete())
    let parameters = program.makeParameters(seed: 1)
    let plan = TrainingPlan(epochs: 2, batchSize: 20, seed: 1, optimizer: .adam())
    let trainer = try Trainer(
      program: program, plan: plan, parameters: parameters, data: samples, samples: (0..<40).map { $0 },
      validation: nil, team: WorkerTeam(count: 1), kernels: kernels)
    try trainer.run { _ in }
    let digest = SHA256Digest()
    for entry in parameters.entries { parameters.read(entry.name).withUnsafeBytes(digest.update) }
    return digest.finish()
  }
}
