import Foundation
import Hourglass
import Testing

/// What shells offer when somebody presses the tabulator.
struct CompletionTests {
  @Test(arguments: ["bash", "zsh", "fish"])
  func scriptsNameAllCommands(shell: String) throws {
    let scratch = try Scratch(data: false)
    let outcome = try scratch.hourglass("--generate-completion-script", shell)
    #expect(outcome.status == 0 && outcome.errors.isEmpty)
    for name in ["train", "detect", "score", "checkpoint-seconds", "from-scratch"] {
      #expect(outcome.output.contains(name), "\(name)")
    }
  }

  /// Where a recipe is wanted: the names of those that ship, YAML files, and folders on the way to some.
  @Test func recipesAreOffered() throws {
    let scratch = try Scratch(data: false)
    for file in ["vae-mine.yaml", "vae.txt"] { try scratch.write("", file) }
    _ = try scratch.folder("vaults")
    // Not offered: it would be two words.
    try scratch.write("", "va\nother.yaml")
    try scratch.write("", "vaults/own.yml")
    func offered(_ word: String) throws -> [String] {
      let outcome = try scratch.hourglass(
        "---completion", "train", "--", "positional@0", "2", String(word.count), "hourglass", "train", word)
      #expect(outcome.status == 0 && outcome.errors.isEmpty)
      return outcome.output.split(separator: "\n").map(String.init)
    }
    #expect(try offered("va") == ["vae", "vae-fashion", "vae-mine.yaml", "vaults/"])
    #expect(try offered("vaults/") == ["vaults/own.yml"])
    #expect(try offered("nonsense").isEmpty)
    let all = try offered("")
    #expect(RecipeCatalogue.names.allSatisfy(all.contains))
  }
}
