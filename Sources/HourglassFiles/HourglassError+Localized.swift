import Foundation
import HourglassBase

// The base does without Foundation, so this stands where Foundation is first.
extension HourglassError: LocalizedError {
  /// The sentence, which is then also the `localizedDescription` that apps show.
  public var errorDescription: String? { message }
}
