import HourglassDrawing
import HourglassPictures
import HourglassTestSupport
import Testing

struct ContactSheetTests {
  @Test func composesRowsWithGaps() throws {
    let one = try Picture(width: 1, height: 1, channels: 1, bytes: [10])
    let two = try Picture(width: 1, height: 1, channels: 1, bytes: [20])
    let sheet = try ContactSheet(rows: [[one, two], [two]], enlargement: 2, gap: 1).composed()
    let expected: [[UInt8]] = [
      [255, 255, 255, 255, 255, 255, 255],
      [255, 10, 10, 255, 20, 20, 255],
      [255, 10, 10, 255, 20, 20, 255],
      [255, 255, 255, 255, 255, 255, 255],
      [255, 20, 20, 255, 255, 255, 255],
      [255, 20, 20, 255, 255, 255, 255],
      [255, 255, 255, 255, 255, 255, 255],
    ]
    #expect(sheet == Picture(width: 7, height: 7, channels: 1, trusted: expected.flatMap(\.self)))
  }

  @Test func mixesGreyAndColoured() throws {
    let grey = try Picture(width: 1, height: 1, channels: 1, bytes: [9])
    let red = try Picture(width: 1, height: 1, channels: 3, bytes: [200, 1, 2])
    let sheet = try ContactSheet(rows: [[grey, red]], enlargement: 1, gap: 0, background: 0).composed()
    #expect(sheet == Picture(width: 2, height: 1, channels: 3, trusted: [9, 9, 9, 200, 1, 2]))
  }

  @Test func drawsLabelsAtTheLeft() throws {
    let picture = try Picture(width: 14, height: 14, channels: 1, bytes: Array(repeating: 0, count: 196))
    let sheet = try ContactSheet(
      rows: [[picture], [picture]], labels: ["I", "gI"], enlargement: 1, gap: 2, ink: 64
    ).composed()
    // Twice enlarged: the letter I is 6 pixels wide, "gI" is 10 + 2 + 6; then two gaps, 4 more and the picture.
    #expect(sheet.width == 2 + 18 + 2 + 4 + 14 + 2)
    #expect(sheet.height == 2 + 14 + 2 + 14 + 2)
    func row(_ y: Int, _ columns: Range<Int>) -> String {
      String(columns.map { sheet.bytes[y * sheet.width + $0] == 64 ? "#" : "." })
    }
    // The shorter label ends where the longer one does.
    #expect(row(2, 0..<22) == "..............######..")
    #expect(row(4, 0..<22) == "................##....")
    #expect(row(16, 0..<22) == String(repeating: ".", count: 22))
    // The descender of the last row would reach past the sheet and is cut off.
    #expect(row(sheet.height - 1, 0..<22) == "..........##..........")
    #expect(Set(sheet.bytes) == [0, 64, 255])
  }

  @Test func drawsHeadsAboveColumns() throws {
    let picture = try Picture(width: 12, height: 12, channels: 1, bytes: Array(repeating: 0, count: 144))
    let sheet = try ContactSheet(
      rows: [[picture, picture], [picture]], heads: ["I", "II"], enlargement: 1, gap: 2, ink: 64
    ).composed()
    // "II" is 7 pixels wide, so heads are not enlarged; a line of text is 9 pixels high.
    #expect((sheet.width, sheet.height) == (2 + 2 * (12 + 2), 2 + 9 + 2 + 2 * (12 + 2)))
    func row(_ y: Int) -> String {
      String((0..<sheet.width).map { sheet.bytes[y * sheet.width + $0] == 64 ? "#" : "." })
    }
    #expect(row(2) == "......###.........###.###.....")
    #expect(row(4) == ".......#...........#...#......")
    #expect(row(11) == String(repeating: ".", count: 30))
    // A head wider than its column makes the columns wider.
    let wide = try ContactSheet(rows: [[picture]], heads: ["much wider"], enlargement: 1, gap: 2).composed()
    #expect(wide.width > 2 + 12 + 2)
  }

  @Test func drawsAnyLabel() throws {
    let picture = try Picture(width: 1, height: 1, channels: 1, bytes: [0])
    let printable = String(String.UnicodeScalarView((32..<127).compactMap(Unicode.Scalar.init)))
    for label in [printable, "", " ", "naïve 😀\n\0"] {
      #expect(throws: Never.self, "\(label)") {
        try ContactSheet(rows: [[picture]], labels: [label]).composed()
      }
    }
  }

  @Test func refusesSheetsThatDoNotFit() {
    let small = Picture(width: 1, height: 1, channels: 1, trusted: [0])
    let large = Picture(width: 2, height: 1, channels: 1, trusted: [0, 0])
    func message(_ sheet: ContactSheet) -> String {
      let error = thrownError { _ = try sheet.composed() }
      #expect(error.code == .usage)
      return error.message
    }
    #expect(
      message(ContactSheet(rows: [[], []]))
        == "Cannot draw the sheet of pictures: it has no picture; add one.")
    #expect(
      message(ContactSheet(rows: [[small], [large]]))
        == "Cannot draw the sheet of pictures: a picture of 2 x 1 pixels is among those of 1 x 1; "
        + "make all the same size.")
    #expect(
      message(ContactSheet(rows: [[small]], labels: ["a", "b"]))
        == "Cannot draw the sheet of pictures: it has 2 labels for 1 rows; give each row a label, or none.")
    #expect(
      message(ContactSheet(rows: [[small, small]], heads: ["a"]))
        == "Cannot draw the sheet of pictures: it has 1 heads for 2 columns; give each column a head, or none."
    )
    #expect(message(ContactSheet(rows: [[small]], enlargement: 0)).contains("the enlargement 0 or the gap 8"))
    #expect(message(ContactSheet(rows: [[small]], gap: -1)).contains("or the gap -1 is out of range"))
    let wide = ContactSheet(rows: [Array(repeating: small, count: 2000)], enlargement: 64, gap: 0)
    #expect(
      message(wide)
        == "Cannot draw the sheet of pictures: it would be 128000 x 64 pixels large; "
        + "use fewer pictures or a smaller enlargement.")
  }
}
