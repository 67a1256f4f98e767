import HourglassPictures

extension DataSet {
  /// Whether `fitted` can change its samples, which are images of bytes.
  package var canBeFitted: Bool { training.form.isPicture && training.element != .float }

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
