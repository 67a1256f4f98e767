public enum PeakMeasurement { public static func gigaflops(threads: Int, kernels: KernelSet) -> Double { 1 } }
