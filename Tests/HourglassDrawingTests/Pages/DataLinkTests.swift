import HourglassDrawing
import Testing

struct DataLinkTests {
  @Test func linksToData() {
    let vectors = [
      ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy"),
    ]
    for (text, expected) in vectors { #expect(DataLink.base64(Array(text.utf8)) == expected) }
    #expect(DataLink.base64([0xFF, 0xEF, 0xBE, 0]) == "/+++AA==")
    #expect(DataLink.link(to: [0], mediaType: "image/png") == "data:image/png;base64,AA==")
  }
}
