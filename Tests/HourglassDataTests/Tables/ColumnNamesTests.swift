import HourglassData
import Testing

struct ColumnNamesTests {
  @Test(arguments: [
    ("a,b", ["a", "b"]), (" a , b ", ["a", "b"]), ("weight, kg", ["weight, kg"]),
    ("a,weight, kg,b", ["a", "weight, kg", "b"]),
    ("weight", ["weight"]), ("", []), (",", []), ("x, y, z", ["x, y, z"]), ("x, y", ["x", "y"]),
  ])
  func namesMayHoldCommas(_ list: String, _ names: [String]) {
    #expect(ColumnNames.split(list, known: ["a", "b", "weight, kg", "x, y, z"]) == names)
  }

  /// Commas part by their bytes, whatever mark follows or stands before.
  @Test func marksJoinNoComma() {
    let names = ColumnNames.split("a,\u{301}b,\u{600},c", known: [])
    #expect(names.map { Array($0.utf8) } == ["a", "\u{301}b", "\u{600}", "c"].map { Array($0.utf8) })
    #expect(ColumnNames.split("x\u{600},y,z", known: ["x\u{600},y", "z"]) == ["x\u{600},y", "z"])
  }
}
