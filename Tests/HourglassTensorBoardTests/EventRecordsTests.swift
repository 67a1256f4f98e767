import HourglassTensorBoard
import Testing

struct EventRecordsTests {
  /// The record of an event of file version, as TensorBoard 2.21's `RecordWriter` makes it of the same bytes.
  @Test func recordsAreThoseOfTensorBoard() {
    let event: [UInt8] = [
      0x09, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xF8, 0x3F, 0x1A, 0x0D, 0x62, 0x72, 0x61, 0x69, 0x6E, 0x2E,
      0x45, 0x76, 0x65, 0x6E, 0x74, 0x3A, 0x32,
    ]
    let record: [UInt8] = [
      0x18, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xA3, 0x7F, 0x4B, 0x22, 0x09, 0x00, 0x00, 0x00, 0x00,
      0x00, 0x00, 0xF8, 0x3F, 0x1A, 0x0D, 0x62, 0x72, 0x61, 0x69, 0x6E, 0x2E, 0x45, 0x76, 0x65, 0x6E, 0x74,
      0x3A, 0x32, 0x2A, 0x28, 0x64, 0x6C,
    ]
    #expect(EventRecords.record(event) == record)
  }

  @Test func contentsComeBack() {
    let all: [[UInt8]] = [[], [7], Array(0...255), [UInt8](repeating: 3, count: 5000)]
    let file = all.flatMap(EventRecords.record)
    let found = EventRecords.contents(of: file)
    #expect(found.map { Array($0.contents) } == all)
    #expect(found.last?.end == file.count && found.first?.end == 16)
  }

  /// However a file ends or is damaged, the records before that are found, and nothing else.
  @Test func damageEndsTheRecords() {
    let first = EventRecords.record([1, 2, 3])
    let file = first + EventRecords.record([4, 5, 6, 7])
    for length in first.count..<file.count {
      #expect(EventRecords.contents(of: Array(file[..<length])).count == 1)
    }
    for place in first.count..<file.count {
      var damaged = file
      damaged[place] ^= 0x10
      #expect(EventRecords.contents(of: damaged).count == 1, "\(place)")
    }
    let huge = [UInt8](repeating: 0xFF, count: 8)
    #expect(EventRecords.contents(of: huge + file).isEmpty)
    #expect(EventRecords.contents(of: []).isEmpty)
  }
}
