import Foundation
import Testing

/// Checkpoints that a kill left half-written, or that something damaged.
struct CheckpointDamageTests {
  private let arguments = [
    "train", "mnist-conv", "--data", "data", "--epochs", "30", "--batch-size", "16", "--json", "--resume",
    "--out",
  ]

  /// A run that was killed after its first epoch.
  private func brokenRun() throws -> Scratch {
    let scratch = try Scratch()
    let running = try scratch.hourglass.start(arguments + ["run"])
    #expect(running.waitForErrors("epoch 1 "))
    running.send(SIGKILL)
    #expect(try #require(running.wait(seconds: 10)).isSignalled, "it finished before the kill")
    return scratch
  }

  private func tensors(_ scratch: Scratch) throws -> String {
    try #require(scratch.names("run/checkpoint").first { $0.hasSuffix(".safetensors") })
  }

  @Test func leftoversOfAKillAreRemoved() throws {
    let scratch = try brokenRun()
    let bytes = try scratch.read("run/checkpoint/\(tensors(scratch))")
    // The new tensors were written, whole or not, but the manifest still names the old ones.
    try scratch.write(Array(bytes.prefix(bytes.count / 2)), "run/checkpoint/999999-30.safetensors")
    let leftovers = ["run", "run/checkpoint", "run/figures"].map { "\($0)/.hourglass-1f.partial" }
    for name in leftovers { try scratch.write([1, 2, 3], name) }
    try scratch.write("mine", "run/notes.partial")
    let resumed = try scratch.hourglass(arguments + ["run"])
    #expect(resumed.status == 0, "\(resumed.errors)")
    for name in leftovers { #expect(!scratch.exists(name), "\(name)") }
    #expect(scratch.exists("run/notes.partial"), "not a file of ours")
    #expect(scratch.names("run/checkpoint").count == 2)
    #expect(try scratch.hourglass(arguments + ["unbroken"]).weights == resumed.weights)
  }

  @Test func damageIsReported() throws {
    let scratch = try brokenRun()
    let manifest = try scratch.read("run/checkpoint/manifest.json")
    let name = try tensors(scratch)
    let bytes = try scratch.read("run/checkpoint/\(name)")
    func expectDamage(_ piece: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
      let outcome = try scratch.hourglass(arguments + ["run"])
      #expect(
        !outcome.isSignalled && outcome.status == 65, "\(outcome.errors)", sourceLocation: sourceLocation)
      #expect(outcome.complaints.count == 1, "\(outcome.errors)", sourceLocation: sourceLocation)
      #expect(outcome.errors.contains(piece), "\(outcome.errors)", sourceLocation: sourceLocation)
      #expect(outcome.errors.contains("delete"), "\(outcome.errors)", sourceLocation: sourceLocation)
      #expect(outcome.output.isEmpty, sourceLocation: sourceLocation)
    }
    let text = String(decoding: manifest, as: UTF8.self)
    let damaged: [(String, String)] = [
      ("", "is damaged"), ("{", "is damaged"), (String(text.dropLast(40)), "is damaged"),
      ("[]", "is damaged"),
      (text.replacing("\"format\" : 2", with: "\"format\" : 9"), "no run writes"),
      (text.replacing("\"file\" : \"", with: "\"file\" : \"../"), "no run writes"),
      (text.replacing("\"file\" : \"", with: "\"file\" : \"9"), "which is not there"),
      (text.replacing("\"file\" : \"", with: "\"file\" : \"no-"), "no run writes"),
      // A number that could be, but is not the one that was written.
      (text.replacing(/"plateauFactor" : 1/, with: "\"plateauFactor\" : 0.5"), "no run writes"),
      (text.replacing(/"updates" : \d+/, with: "\"updates\" : 9223372036854775807"), "no run writes"),
      (
        text.replacing(/"epoch" : (\d+),\n    "epochSeconds/, with: "\"epoch\" : -1,\n    \"epochSeconds"),
        "no run"
      ),
      (text.replacing(/"sha256" : "../, with: "\"sha256\" : \"zz"), "SHA-256"),
      (text.replacing(/"recipe" : "../, with: "\"recipe\" : \"zz"), "another recipe"),
    ]
    for (text, piece) in damaged {
      try scratch.write(text, "run/checkpoint/manifest.json")
      try expectDamage(piece)
    }
    try scratch.write(manifest, "run/checkpoint/manifest.json")
    try scratch.write(Array(bytes.dropLast()), "run/checkpoint/\(name)")
    try expectDamage("SHA-256")
    try scratch.write(bytes, "run/checkpoint/\(name)")
    let resumed = try scratch.hourglass(arguments + ["run"])
    #expect(resumed.status == 0, "\(resumed.errors)")
  }

  @Test func damagedRecipeOrResultIsReported() throws {
    let scratch = try Scratch()
    let arguments = [
      "train", "mnist-conv", "--data", "data", "--epochs", "1", "--json", "--resume", "--out", "run",
    ]
    let first = try scratch.hourglass(arguments)
    #expect(first.status == 0, "\(first.errors)")
    try scratch.write("{", "run/result.json")
    let damaged = try scratch.hourglass(arguments)
    #expect(damaged.status == 65 && damaged.complaints.count == 1, "\(damaged.errors)")
    try FileManager.default.removeItem(atPath: "\(scratch.path)/run/result.json")
    // Killed after the last epoch, before the end.
    let again = try scratch.hourglass(arguments)
    #expect(again.weights == first.weights && again.metrics == first.metrics, "\(again.errors)")
    try scratch.write("name: [", "run/recipe.yaml")
    expectRefusal(try scratch.hourglass(arguments), status: 65, saying: "run/recipe.yaml")
  }
}
