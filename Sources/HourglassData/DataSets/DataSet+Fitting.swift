import HourglassPictures

extension DataSet {
  /// The data set with its images fitted.
  ///
  /// - Throws: `HourglassError`: `usage` if the samples are not images of bytes, `environment` if the result is
  ///   larger than memory.
  public func fitted(_ fitting: PictureFitting) throws -> DataSet {
    if fitting.isEmpty { return self }
    var data = self
    data.training = try training.array().fitted(fitting, name: name)
    data.test = try test.array().fitted(fitting, name: name)
    return data
  }
}
