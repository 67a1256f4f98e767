import Foundation
import Hourglass
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

/// Expects an error of one readable sentence with these words.
func expectSentence(
  _ words: [String], _ code: HourglassError.Code? = nil, sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () throws -> Void
) {
  do {
    try body()
    Issue.record("no error was thrown; expected \(words)", sourceLocation: sourceLocation)
  } catch let error as HourglassError {
    for word in words {
      #expect(error.message.contains(word), "\(error.message)", sourceLocation: sourceLocation)
    }
    if let code { #expect(error.code == code, "\(error.message)", sourceLocation: sourceLocation) }
    #expect(error.message.count < 1000 && !error.message.contains("\n"), sourceLocation: sourceLocation)
  } catch {
    Issue.record("another error was thrown: \(error)", sourceLocation: sourceLocation)
  }
}

/// Steele's SplitMix: the same numbers in every run.
struct Numbers: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// In 0..<1.
  mutating func float() -> Float { Float(next() >> 40) * 0x1p-24 }

  mutating func floats(_ count: Int) -> [Float] { (0..<count).map { _ in float() } }
}

/// Calls `body` with the path of a new empty folder, which is removed afterwards.
func inScratchFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(path: "hourglass-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder.path)
}
