import Foundation
import Testing

/// The same seed gives the same bits, whatever the machine brings.
struct DeterminismTests {
  private let arguments = ["--data", "data", "--epochs", "2", "--batch-size", "24", "--json"]

  private func weights(
    _ scratch: Scratch, _ recipe: String, _ more: [String], instructionSet: String? = nil
  ) throws -> String {
    var hourglass = scratch.hourglass
    hourglass.environment["HOURGLASS_ISA"] = instructionSet
    let outcome = try hourglass(["train", recipe] + arguments + ["--out", UUID().uuidString] + more)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.weights.count == 64)
    return outcome.weights
  }

  @Test(arguments: ["mnist-conv", "fashion-denoise"])
  func threadsDoNotMatter(recipe: String) throws {
    let scratch = try Scratch()
    let alone = try weights(scratch, recipe, ["--threads", "1"])
    for threads in ["2", "3", "4"] {
      #expect(try weights(scratch, recipe, ["--threads", threads]) == alone, "\(threads) threads")
    }
  }

  @Test func seedsMatter() throws {
    let scratch = try Scratch()
    let first = try weights(scratch, "mnist-conv", ["--seed", "1"])
    #expect(try weights(scratch, "mnist-conv", []) == first)
    #expect(try weights(scratch, "mnist-conv", ["--seed", "2"]) != first)
  }

  @Test func compressedDataAreTheSame() throws {
    let scratch = try Scratch()
    try SmallData().write(to: scratch.folder("compressed"), isCompressed: true)
    let plain = try weights(scratch, "mnist-conv", [])
    #expect(try weights(scratch, "mnist-conv", ["--data", "compressed"]) == plain)
  }

  @Test(arguments: ["mnist-conv", "fashion-denoise"])
  func instructionSetsAgree(recipe: String) throws {
    let scratch = try Scratch()
    let expected = try weights(scratch, recipe, [], instructionSet: "portable")
    for name in Scratch.instructionSets where name != "portable" {
      #expect(try weights(scratch, recipe, [], instructionSet: name) == expected, "\(name)")
    }
  }

  @Test func unknownInstructionSetIsRefused() throws {
    let scratch = try Scratch()
    var hourglass = scratch.hourglass
    hourglass.environment["HOURGLASS_ISA"] = "nonsense"
    let outcome = try hourglass("train", "mnist-conv", "--data", "data", "--out", "run")
    expectRefusal(outcome, status: 64, saying: "HOURGLASS_ISA", "nonsense", "use one of")
    #expect(!scratch.exists("run"))
  }
}
