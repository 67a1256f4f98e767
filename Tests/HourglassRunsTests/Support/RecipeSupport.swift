import Foundation
import HourglassRuns
import Testing

/// A small recipe that is right; tests spoil copies of it.
let smallRecipe = """
  name: small
  summary: A recipe for tests
  data: mnist
  validation: 0.25
  model:
    input: [1, 4, 4]
    encoder:
      - conv2d: {filters: 2, kernel: 3, stride: 2, activation: relu}
      - flatten
      - dense: {units: 3, activation: tanh}
    decoder:
      - dense: {units: 16}
      - reshape: {shape: [1, 4, 4]}
      - activation: {activation: sigmoid}
  objective:
    denoising: {corruption: {gaussian: 0.2}, loss: l1}
  optimizer:
    adam: {learning_rate: 0.01, schedule: {cosine: {final: 0.1}}}
  epochs: 2
  batch_size: 8
  seed: 3
  early_stopping: {patience: 5}
  limit: 100
  """

func recipe(_ text: String, set overrides: [String] = []) throws -> Recipe {
  var value = try YAML.parse(text, source: "test.yaml")
  for override in overrides { value = try value.applying(override) }
  return try Recipe(value)
}

extension String {
  /// With the one place where `old` stands changed.
  func with(_ old: String, _ new: String, sourceLocation: SourceLocation = #_sourceLocation) -> String {
    #expect(components(separatedBy: old).count == 2, "\(old) must occur once", sourceLocation: sourceLocation)
    return replacingOccurrences(of: old, with: new)
  }
}
