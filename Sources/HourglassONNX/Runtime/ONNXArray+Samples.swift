import HourglassBase
import HourglassEngine
import HourglassModels

extension ONNXArray {
  /// Samples as a model has them, in the units and axes of an exported file.
  ///
  /// - Parameter hasChannelsLast: whether images are `[height, width, channels]` in the file.
  package init(samples: SampleArray, _ model: TrainedModel, hasChannelsLast: Bool) {
    let shape = samples.shape.dimensions
    var numbers = samples.floats
    if let worth = model.byteWorth {
      for index in numbers.indices { numbers[index] /= worth }
    }
    guard hasChannelsLast, model.model.input.isImage else {
      self.init(.floats(numbers), extents: [samples.count] + shape)
      return
    }
    let (channels, pixels) = (shape[0], shape[1] * shape[2])
    let turned = (0..<samples.count).flatMap { sample in
      (0..<pixels).flatMap { pixel in
        (0..<channels).map { numbers[(sample * channels + $0) * pixels + pixel] }
      }
    }
    self.init(.floats(turned), extents: [samples.count] + shape.dropFirst() + [channels])
  }
}
