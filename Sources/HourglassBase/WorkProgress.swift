/// How far a piece of work has come, told by the library while it works.
public struct WorkProgress: Sendable, Equatable {
  /// Told now and then by the thread that called; what it throws ends the work.
  public typealias Report = (WorkProgress) throws -> Void
  /// Told on some other thread, of work that ends when its task is cancelled.
  public typealias Notice = @Sendable (WorkProgress) -> Void

  /// A number by which the work is judged.
  public struct Measure: Sendable, Equatable {
    /// Such as "loss".
    public var name: String
    public var value: Double

    package init(_ name: String, _ value: Double) {
      self.name = name
      self.value = value
    }
  }

  /// What is done, such as "encoding".
  public var stage: String
  /// How many of `total`.
  public var done: Int
  /// nil where it is not known.
  public var total: Int?
  /// What is counted, in the plural, such as "samples" or "bytes".
  public var unit: String
  public var measure: Measure?

  package init(_ stage: String, done: Int, of total: Int?, _ unit: String, measure: Measure? = nil) {
    self.stage = stage
    self.done = done
    self.total = total
    self.unit = unit
    self.measure = measure
  }
}
