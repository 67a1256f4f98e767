import HourglassBase
import HourglassData
import HourglassPictures
import HourglassTestSupport
import Testing

struct DataSetFittingTests {
  @Test func fitsSamples() throws {
    let bytes = (0..<2 * 3 * 4).map { UInt8($0 * 10) }
    let data = try DataSet(
      name: "data", training: SampleArray(trustedBytes: bytes, count: 2, shape: [3, 2, 2]),
      trainingLabels: [1, 0])
    let grey = try data.fitted(PictureFitting(channels: 1))
    #expect(grey.training.shape == [1, 2, 2] && grey.trainingLabels == [1, 0] && !grey.hasTest)
    #expect(grey.test.shape == [1, 2, 2])
    // 0.299 * 0 + 0.587 * 40 + 0.114 * 80 = 32.6.
    #expect(grey.training.sample(0)[0] == Float(33) * (1 / 255))
    let one = try data.fitted(PictureFitting(extent: .resize(height: 1, width: 1)))
    #expect(one.training.sample(1).map { ($0 * 255).rounded() } == [135, 175, 215])
    let numbers = try DataSet(
      name: "numbers", training: SampleArray(trustedFloats: [1, 2], count: 1, shape: [1, 1, 2]))
    let error = thrownError { _ = try numbers.fitted(PictureFitting(channels: 3)) }
    #expect(error.code == .usage && error.says("samples of numbers are 32-bit floats of shape (1, 1, 2)"))
  }
}
