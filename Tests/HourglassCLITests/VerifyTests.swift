import Foundation
import Testing

/// `verify` and `lock`.
@Suite struct VerifyTests {
  private func train(_ scratch: Scratch, _ more: String...) throws -> Hourglass.Outcome {
    try scratch.hourglass(
      [
        "train", "mnist-conv", "--data", "data", "--epochs", "2", "--batch-size", "32", "--threads", "1",
        "--out", "run", "--json",
      ]
        + more)
  }

  @Test func aRunIsHadAgain() throws {
    let scratch = try Scratch()
    let trained = try train(scratch)
    let verified = try scratch.hourglass("verify", "run", "--threads", "2")
    #expect(
      verified.status == 0 && verified.output == "identical  \(trained.weights)  (2 epochs)\n",
      "\(verified.errors)")
    #expect(verified.errors.contains("epoch 2 "))
    let json = try scratch.hourglass("verify", "run", "--json").json
    #expect(json["identical"] as? Bool == true && json["weights_sha256"] as? String == trained.weights)
    let beginning = try scratch.hourglass("verify", "run", "--epochs", "1")
    #expect(
      beginning.status == 0 && beginning.output.hasPrefix("identical in the first 1 epoch"),
      "\(beginning.output)")
    // From another place the data are found too.
    let folder = try scratch.folder("elsewhere")
    #expect(try Hourglass(folder: folder)("verify", "../run", "--epochs", "1").status == 0)
  }

  @Test func whatDiffersEndsWith65() throws {
    let scratch = try Scratch()
    #expect(try train(scratch).status == 0)
    let locked = try scratch.hourglass("lock", "run")
    #expect(locked.status == 0 && locked.errors.contains("listed in run/SHA256SUMS"), "\(locked.errors)")
    #expect(try scratch.hourglass("verify", "run", "--epochs", "1").status == 0)
    try SmallData(seed: 2).write(to: scratch.folder("other"))
    expectRefusal(
      try scratch.hourglass("verify", "run", "--data", "other"), status: 65, saying: "The data differ",
      "SHA-256")
    var history = try scratch.read("run/history.csv")
    history[history.count - 2] = UInt8(ascii: "x")
    try scratch.write(history, "run/history.csv")
    expectRefusal(
      try scratch.hourglass("verify", "run"), status: 65, saying: "locked", "history.csv has changed")
    expectRefusal(
      try scratch.hourglass("verify", "data"), status: 64, saying: "There is no run in data")
    expectRefusal(try scratch.hourglass("lock", "data"), status: 64, saying: "There is no run in data")
  }
}
