import Foundation
import HourglassDrawing
import Testing

struct HTMLTests {
  private let attack = #"<a href='"'>&amp;"#
  private let harmless = "&lt;a href=&#39;&quot;&#39;&gt;&amp;amp;"

  @Test func literalsAreMarkup() {
    let html: HTML = "<p class=\"soft\">a &amp; b</p>"
    #expect(html.text == "<p class=\"soft\">a &amp; b</p>")
  }

  @Test func interpolatedTextIsEscaped() {
    let html: HTML = "<p title=\"\(attack)\">\(attack)</p>"
    #expect(html.text == "<p title=\"\(harmless)\">\(harmless)</p>")
    #expect(HTML("\(attack)").text == harmless)
    // What has nothing to escape stays, whatever its letters.
    #expect(HTML("\("Größe → 5 · 日本")").text == "Größe → 5 · 日本")
    // Scalars that follow what is escaped do not join it to one character that is not.
    #expect(HTML("\("<\u{338}>\u{FE0F}")").text == "&lt;\u{338}&gt;\u{FE0F}")
  }

  /// A text does not become markup because it stands in the code as a literal.
  @Test func interpolatedLiteralsAreText() {
    #expect(HTML("<p>\("<b>")\(true ? "<i>" : "")</p>").text == "<p>&lt;b&gt;&lt;i&gt;</p>")
  }

  @Test func interpolatedMarkupGoesInOnce() {
    let inner: HTML = "<b>\(attack)</b>"
    let outer: HTML = "<p>\(inner)\(inner)</p>"
    #expect(outer.text == "<p><b>\(harmless)</b><b>\(harmless)</b></p>")
  }

  @Test func numbersAreWritten() {
    #expect(HTML("<i>\(-12)\(UInt64.max) \(0.25)</i>").text == "<i>-1218446744073709551615 0.25</i>")
  }

  @Test func piecesAreJoined() {
    let items = ["<", "b"].map { HTML("<li>\($0)</li>") }
    #expect(items.joined().text == "<li>&lt;</li><li>b</li>")
    #expect(items.joined(separator: "<hr>").text == "<li>&lt;</li><hr><li>b</li>")
    #expect([HTML]().joined(separator: "<hr>").isEmpty)
  }

  @Test func trustedTextIsMarkup() {
    let style: HTML = "<style>\(HTML(trusted: "a > b { }"))</style>"
    #expect(style.text == "<style>a > b { }</style>")
    #expect(HTML(resource: Array("a > b".utf8)) == "a > b")
  }
}

struct ReportPageTests {
  @Test func everyTextOfAPageIsEscaped() {
    let attack = #"</title></style>"'<script>"#
    let page = ReportPage.page(
      title: attack, header: ReportPage.header(attack, [ReportPage.paragraph(attack, style: attack)]),
      main: [
        ReportPage.section(attack, [ReportPage.list([attack]), ReportPage.code(attack)]),
        ReportPage.details(attack, ReportPage.facts([(attack, "\(attack)")])),
        ReportPage.tiles([.init(name: attack, value: attack, note: attack)]),
        ReportPage.table(
          label: attack, header: [attack, attack], firstNumber: 1, rows: [[attack, attack]],
          footer: [[attack, attack]]),
      ]
    ).text
    #expect(!page.contains("<script") && !page.contains(attack))
    let harmless = "&lt;/title&gt;&lt;/style&gt;&quot;&#39;&lt;script&gt;"
    #expect(page.components(separatedBy: harmless).count == 21)
    #expect(page.components(separatedBy: "</title>").count == 2)
    #expect(page.components(separatedBy: "</style>").count == 2)
  }

  @Test func emptyPiecesLeaveNoTrace() {
    let pieces: [HTML] = ["", "<p>a</p>", ""]
    let page = ReportPage.page(title: "t", header: "<header></header>", main: pieces).text
    #expect(page.contains("<header></header>\n<main>\n<p>a</p>\n</main>\n<footer>"))
    #expect(ReportPage.attribute("class", "").isEmpty)
    #expect(ReportPage.attribute("class", "a\"b") == " class=\"a&quot;b\"")
  }

  @Test func stylesArePutIn() {
    let page = ReportPage.page(title: "t", header: "", main: []).text
    #expect(
      page.contains("<style>\n:root {\n") && page.contains("  .facts > div { grid-template-columns: 1fr; }\n")
    )
    #expect(page.contains("}\n</style>\n</head>"))
    let series = (0..<7).map { LineChart.Series(name: "\($0)", points: [(0, 1), (1, 2)]) }
    let chart = LineChart(title: "", horizontalLabel: "", verticalLabel: "", series: series).svg().text
    // One line; a shade for each curve, the seventh has the first's.
    #expect(
      chart.split(separator: "\n").filter { $0.contains("<style>") && $0.contains("</style>") }.count == 1)
    for style in 0..<6 {
      #expect(chart.contains(".hourglass-chart .s\(style){stroke:#"))
      #expect(chart.contains("class=\"curve s\(style)\""))
    }
    #expect(!chart.contains("s6"))
  }
}
