import Hourglass
import HourglassCLI
import Testing

/// What the libraries say can be done, in the program's words.
struct ErrorWordingTests {
  @Test func remediesNameOptions() {
    let settings = [
      HourglassError.RecipeSetting("data.resize", "8"), HourglassError.RecipeSetting("data.crop", "[2, 3]"),
    ]
    let cases: [(HourglassError.Remedy, String)] = [
      (.text("free some space"), "free some space"),
      (.choose(.output), "choose another --out"),
      (.give(.data, "more"), "give more with --data DIR"),
      (.give(.output, "a place on another disk"), "give a place on another disk with --out"),
      (
        .give(.separator, "what stands between two cells"),
        "give what stands between two cells with --separator CHARACTER"
      ),
      (.raise(.limit), "give a higher --limit"), (.lower(.limit), "give a lower --limit"),
      (.leaveOut(.labelColumn), "leave --label-column out"),
      (.leaveOut(.split, "which takes all of it"), "leave --split out, which takes all of it"),
      (.leaveOut(.metric), "leave --metric out"),
      (.leaveOut(.approximation), "leave --approximate, --m and --ef-construction out"),
      (
        .give(.originals, "a folder with pictures of the same names"),
        "give a folder with pictures of the same names with --clean ORIGINAL"
      ),
      (.give(.map, "the page of an earlier map"), "give the page of an earlier map with --into MAP.html"),
      (.set(settings), "add --set data.resize=8 --set 'data.crop=[2, 3]'"),
      (
        .setOne(settings, toDo: "give all that size"),
        "give all that size, in training by --set data.resize=8 or --set 'data.crop=[2, 3]'"
      ),
      (.resume, "add --resume to go on with it"),
      (
        .resumeRun(recipe: "r/recipe.yaml", folder: "r"),
        "go on with it by hourglass train r/recipe.yaml --resume --out r"
      ),
      (.make(.index), "make an index with hourglass index"),
      (.make(.detector), "make a detector with hourglass detect fit"),
      (.make(.codes), "make the model's codes with hourglass transform"),
      (.make(.map), "make a map with hourglass project"),
      (.make(.init("a cake")), "make a cake"),
    ]
    for (remedy, words) in cases {
      #expect(ErrorWording.sentence(HourglassError(.usage, "No", remedy)) == "No; \(words).")
    }
  }

  @Test func addsFitWhereACommandHasIt() {
    let remedy = HourglassError.Remedy.setOne(
      [HourglassError.RecipeSetting("data.channels", "1")], toDo: "make all grey")
    let error = HourglassError(.badData, "a.png is coloured", remedy, .text("use another model"))
    #expect(
      ErrorWording.sentence(ErrorWording.withFit(error))
        == "a.png is coloured; make all grey, in training by --set data.channels=1, here by --fit resize or --fit crop, or "
        + "use another model.")
  }

  @Test func namesSizeWhereACommandHasThat() {
    for (value, sides) in [("8", "8,8"), ("[28, 30]", "28,30")] {
      let remedy = HourglassError.Remedy.setOne(
        [
          HourglassError.RecipeSetting("data.resize", value),
          HourglassError.RecipeSetting("data.crop", value),
        ],
        toDo: "give all that size")
      let error = HourglassError(.badData, "a.png has 3 x 3 pixels", remedy)
      #expect(
        ErrorWording.sentence(ErrorWording.withSize(error))
          == "a.png has 3 x 3 pixels; give all that size by --size \(sides).")
    }
    let grey = HourglassError.Remedy.setOne(
      [HourglassError.RecipeSetting("data.channels", "1")], toDo: "make all grey")
    #expect(
      ErrorWording.sentence(ErrorWording.withSize(HourglassError(.badData, "a.png is coloured", grey)))
        == "a.png is coloured; make all grey first.")
  }
}
