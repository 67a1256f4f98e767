import HourglassData
import Testing

struct CheckSumTests {
  @Test func checkSum() {
    #expect(crc32CheckSum(Array("123456789".utf8)[...]) == 0xCBF4_3926)
    #expect(crc32CheckSum([]) == 0)
  }
}
