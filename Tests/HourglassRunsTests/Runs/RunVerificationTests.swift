import Foundation
import HourglassBase
import HourglassData
import HourglassRuns
import HourglassTestSupport
import Testing

@Suite struct RunVerificationTests {
  private let fixture = RunFixture()

  private func verify(
    _ name: String = "run", data: DataSet? = nil, epochs: Int? = nil, threads: Int = 1
  ) async throws -> RunVerification {
    let folder = fixture.folder(name)
    return try await folder.verify(
      recipe: RecipeCatalogue.recipe(folder.recipe), data: data ?? RunFixture.data(), epochs: epochs,
      threads: threads)
  }

  /// A file of the run with the one place where `old` stands changed.
  private func change(_ file: String, _ old: String, _ new: String) throws {
    let path = "\(fixture.folder().path)/\(file)"
    let text = try String(contentsOfFile: path, encoding: .utf8)
    try text.with(old, new).write(toFile: path, atomically: false, encoding: .utf8)
  }

  @Test(arguments: [1, 2])
  func aRunIsHadAgain(threads: Int) async throws {
    let result = try await fixture.open().run()
    let before = try RunSeal(of: fixture.folder())
    try before.write()
    let verification = try await verify(threads: threads)
    #expect(verification.weightsSHA256 == result.weightsSHA256 && verification.epochs == 2)
    #expect(verification.notes.isEmpty)
    let beginning = try await verify(epochs: 1)
    #expect(beginning.epochs == 1 && beginning.weightsSHA256 == nil)
    // It was only read.
    #expect(try #require(try RunSeal.read(fixture.folder())).check().differences.isEmpty)
  }

  @Test func whatDiffersFirstIsNamed() async throws {
    let result = try await fixture.open().run()
    await expectAsyncSentence(["The data differ", "had"], .badData) {
      _ = try await verify(data: RunFixture.data(seed: 2))
    }
    let second = try #require(try fixture.history().last).split(separator: ",")
    try change("history.csv", String(second[1]), "0.125")
    await expectAsyncSentence(
      ["epoch 2 is the first that differs", "train_loss is \(second[1]), in history.csv 0.125"], .badData
    ) { _ = try await verify() }
    #expect(try await verify(epochs: 1).epochs == 1)
    try change("history.csv", "0.125", String(second[1]))
    let other = String(repeating: "0", count: 64)
    try change("result.json", result.weightsSHA256, other)
    await expectAsyncSentence(
      ["the weights have SHA-256 \(result.weightsSHA256)", "result.json \(other)"], .badData
    ) {
      _ = try await verify()
    }
    try change("result.json", other, result.weightsSHA256)
    try change("recipe.yaml", "seed: 3", "seed: 4")
    await expectAsyncSentence(["recipe.yaml differs from the recipe"], .badData) { _ = try await verify() }
  }

  /// Who made the run is said where that may be why.
  @Test func otherVersionsAreNamed() async throws {
    let result = try await fixture.open().run()
    try change("result.json", result.weightsSHA256, String(repeating: "0", count: 64))
    try change("result.json", "\"program\":\"\(hourglassVersion)\"", "\"program\":\"0.0.9\"")
    await expectAsyncSentence(["made by version 0.0.9", "this is \(hourglassVersion)"], .badData) {
      _ = try await verify()
    }
  }

  @Test func lockedFilesAreCheckedFirst() async throws {
    _ = try await fixture.open().run()
    try RunSeal(of: fixture.folder()).write()
    try change("history.csv", "epoch,train_loss", "epoch,loss")
    await expectAsyncSentence(["not those that were locked", "history.csv has changed"], .badData) {
      _ = try await verify(data: RunFixture.data(seed: 2))
    }
  }

  @Test func anUnfinishedRunHasABeginning() async throws {
    await fixture.breakOff(try fixture.open(), after: 5)
    await expectAsyncSentence(["is not finished"], .usage) { _ = try await verify() }
    #expect(try await verify(epochs: 1).epochs == 1)
    await expectAsyncSentence(["2 epochs are to be verified", "has 1"], .usage) {
      _ = try await verify(epochs: 2)
    }
  }
}
