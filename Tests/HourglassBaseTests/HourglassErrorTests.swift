import Foundation
import HourglassBase
import Testing

struct HourglassErrorTests {
  @Test(arguments: [
    ("it is gone", "it is gone."), ("it is gone.", "it is gone."), ("did you mean x?", "did you mean x?"),
    ("one, two, ...", "one, two, ..."), ("", ""),
  ])
  func endsAlike(message: String, sentence: String) {
    let error = HourglassError(.usage, message)
    #expect(error.message == sentence && error.description == sentence)
  }

  @Test func remediesAreAlternatives() {
    let (a, b) = (HourglassError.Remedy.text("free space"), HourglassError.Remedy.choose(.output))
    #expect(HourglassError(.environment, "x is full.", a).message == "x is full; free space.")
    #expect(
      HourglassError(.environment, "x is full", a, b).message
        == "x is full; free space, or choose another output.")
    let three = HourglassError(.environment, "x is full", a, b, .leaveOut(.limit))
    #expect(three.message == "x is full; free space, choose another output, or leave the limit out.")
    #expect(three.sentence { _ in "try" } == "x is full; try, try, or try.")
    #expect(three.fact == "x is full" && three.remedies.count == 3)
  }

  @Test func remediesInTermsOfTheLibrary() {
    let settings = [
      HourglassError.RecipeSetting("data.channels", "1"), HourglassError.RecipeSetting("epochs", "2"),
    ]
    let cases: [(HourglassError.Remedy, String)] = [
      (.give(.data, "more"), "give more as the data"), (.raise(.limit), "give a higher limit"),
      (.lower(.limit), "give a lower limit"),
      (.leaveOut(.data, "which takes all"), "leave the data out, which takes all"),
      (.set(settings), "set data.channels to 1 and epochs to 2 in the recipe"),
      (.setOne(settings, toDo: "do it"), "do it, in a recipe by data.channels: 1 or epochs: 2"),
      (.resume, "resume it"),
      (.resumeRun(recipe: "r/recipe.yaml", folder: "r"), "resume it with its own recipe, r/recipe.yaml"),
      (.make(.init("an index")), "make an index"),
    ]
    for (remedy, words) in cases { #expect(remedy.description == words) }
  }

  @Test func isCaughtByItsCode() {
    func kind(_ body: () throws -> Void) -> String {
      do {
        try body()
        return "none"
      } catch HourglassError.badData {
        return "data"
      } catch HourglassError.usage {
        return "usage"
      } catch {
        return "other"
      }
    }
    #expect(kind { throw HourglassError(.badData, "x") } == "data")
    #expect(kind { throw HourglassError(.usage, "x") } == "usage")
    #expect(kind { throw HourglassError(.environment, "x") } == "other")
    #expect(kind { throw CancellationError() } == "other")
    #expect(kind {} == "none")
  }
}
