import Foundation
import HourglassDrawing
import HourglassFiles
import HourglassTestSupport
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Pages and charts that show names from outside.
struct HostileMarkupTests {
  @Test(arguments: HostileNames.all) func pagesHoldTheirOwnTagsOnly(name: String) {
    func page(_ name: String) -> String {
      ReportPage.page(
        title: name, header: ReportPage.header(name, [ReportPage.paragraph(name, style: name)]),
        main: [
          ReportPage.section(name, [ReportPage.list([name]), ReportPage.code(name)]),
          ReportPage.details(name, ReportPage.facts([(name, "\(name)")])),
          ReportPage.tiles([.init(name: name, value: name, note: name)]),
          ReportPage.table(label: name, header: [name], firstNumber: 1, rows: [[name]]),
        ]
      ).text
    }
    #expect(tags(of: page(name)) == tags(of: page("a")))
    #expect(!page(name).unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{202E}" || $0 == "\u{9B}" })
  }

  /// A chart is a file of XML too, which has no place for most control characters.
  @Test(arguments: HostileNames.all + ["\u{FFFE}", "\u{0}"]) func chartsAreXML(name: String) {
    let chart = LineChart(
      title: name, horizontalLabel: name, verticalLabel: name,
      series: [LineChart.Series(name: name, points: [(0, 1), (1, 2)])])
    let svg = chart.svg().text
    let parser = XMLParser(data: Data(svg.utf8))
    #expect(parser.parse(), "\(String(describing: parser.parserError))")
    #expect(!holds(svg, "<script") && !holds(svg, "<i>"))
  }

  @Test func policyAllowsTheScriptAlone() throws {
    let script = PageScript(resource: Array("alert('ü < 1');\n".utf8))
    let page = ReportPage.head(title: "t", style: "", script: script).text + script.element.text
    let text = try #require(page.firstMatch(of: /<script>([^\0]*)<\/script>/)?.1)
    let digest = Array(sha256Hex(Array(text.utf8)).utf8)
    let raw = stride(from: 0, to: digest.count, by: 2).compactMap {
      UInt8(String(decoding: digest[$0..<$0 + 2], as: UTF8.self), radix: 16)
    }
    let source = Data(raw).base64EncodedString()
    #expect(holds(page, "script-src 'sha256-\(source)'\">"))
    #expect(!holds(ReportPage.head(title: "t", style: "").text, "script-src"))
    for directive in ["default-src 'none'", "base-uri 'none'", "form-action 'none'", "img-src data:"] {
      #expect(holds(page, directive))
    }
  }
}
