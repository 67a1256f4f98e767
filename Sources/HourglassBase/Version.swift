/// The version of this library and of the program.
public let hourglassVersion = "0.1.0"
