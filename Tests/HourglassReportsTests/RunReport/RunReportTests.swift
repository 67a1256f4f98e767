import Foundation
import HourglassBase
import HourglassData
import HourglassNN
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

struct RunReportTests {
  /// The page as XML, which needs the elements without an end closed.
  private func isWellFormed(_ page: String) -> Bool {
    let closed = page.replacing("<!doctype html>\n", with: "")
      .replacing(#/<(meta|img)([^>]*)>/#) { "<\($0.output.1)\($0.output.2)/>" }
    return XMLParser(data: Data(closed.utf8)).parse()
  }

  /// The page's text as a reader sees it.
  private func visibleText(_ page: String) -> String {
    page.replacing(#/<style>[^<]*<\/style>/#, with: "").replacing(#/<[^>]*>/#, with: "\n")
      .replacing("&#39;", with: "'").replacing("&quot;", with: "\"").replacing("&lt;", with: "<")
      .replacing("&gt;", with: ">").replacing("&amp;", with: "&")
  }

  @Test func tellsTheRun() throws {
    let page = try ReportFixture.report(ReportFixture.recipe()).html()
    #expect(isWellFormed(page))
    let text = visibleText(page)
    for expected in [
      "small-denoise", "Cleans small pictures", "Test MSE", "0.01170", "10.72 → 19.88 dB", "0.7124",
      "21,583 images/s", "1 min 23 s", "60,000 images", "10,000 test images", "code of 72 numbers for 144",
      "encoder.0", "Conv2D", "(2, 6, 6)", "Moving averages", "Every epoch", "0.025000", "0.013333",
      String(repeating: "0123456789abcdef", count: 4), "Example 9000", "Example OS 1.2", "avx2",
      "2023-11-14 22:13:20 UTC", "Hourglass \(hourglassVersion)", "filters: 2", "noise is drawn afresh",
      "9.25 s after the program was started", "hourglass train runs/small-denoise/recipe.yaml --seed 7",
    ] where !text.contains(expected) && !page.contains("aria-label=\"\(expected)\"") {
      Issue.record("the page lacks \(expected)")
    }
    // Ten columns of three and fifty noisy ones, each an image of its own.
    #expect(page.components(separatedBy: "<img ").count == 81)
    for label in ["noisy", "cleaned", "original"] { #expect(page.contains("<span>\(label)</span>")) }
  }

  @Test func asksNothingOfANetwork() throws {
    let page = try ReportFixture.report(ReportFixture.recipe()).html()
      .replacing("xmlns=\"http://www.w3.org/2000/svg\"", with: "")
    for forbidden in ["http:", "https:", "<script", "<link", "@import", "url(", "src=\"/", "href"] {
      #expect(!page.contains(forbidden), "\(forbidden)")
    }
    #expect(page.matches(of: #/src="/#).count == page.matches(of: #/src="data:image\/png;base64,/#).count)
    #expect(page.contains("default-src 'none'"))
  }

  @Test func escapesHostileTexts() throws {
    let attack = #"</title></style></code>--><script>alert('x')</script>"&amp;"#
    var recipe = try ReportFixture.recipe()
    recipe.name = attack
    recipe.summary = attack
    recipe.data.source = DataSource(attack)
    var report = try ReportFixture.report(recipe)
    report.result.run = attack
    report.result.weightsSHA256 = attack
    report.result.instructionSet = attack
    report.machine.processor = attack
    report.machine.system = attack
    let page = try report.html()
    #expect(!page.contains("<script"))
    #expect(isWellFormed(page))
    // Title, heading, summary, weights, set, processor, system: whole, and harmless.
    #expect(visibleText(page).components(separatedBy: attack).count >= 8)
  }

  @Test func reportsVectorsWithoutPictures() throws {
    let page = try ReportFixture.report(ReportFixture.vectorRecipe()).html()
    #expect(isWellFormed(page))
    #expect(!page.contains("<img ") && !page.contains("PSNR"))
    let text = visibleText(page)
    #expect(text.contains("Training MSE") && text.contains("There was no validation"))
    #expect(text.contains("60,000 samples") && text.contains("\nvectors\n"))
  }

  @Test func warnsOfNumbersThatTheSamplesDecided() throws {
    let stopped = try ReportFixture.recipe(["early_stopping.patience=2", "validation=0.1"])
    var report = try ReportFixture.report(stopped)
    report.result.epochs = 2
    let text = visibleText(try report.html())
    #expect(text.contains("Validation MSE") && text.contains("10 % of the training data"))
    #expect(text.contains("Training stopped early, after 2 of 3 epochs."))
    #expect(text.contains("The same images decided when training ended"))
  }

  @Test func drawsALearningRateThatChanges() throws {
    var report = try ReportFixture.report(ReportFixture.recipe())
    #expect(!(try report.html().contains("<title>Learning rate at the end of each epoch</title>")))
    report.history[2].learningRate = 0.0001
    #expect(try report.html().contains("<title>Learning rate at the end of each epoch</title>"))
  }
}
