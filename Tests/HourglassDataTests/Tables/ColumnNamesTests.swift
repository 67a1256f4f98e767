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
}
