// The one place that knows which C library a system has; what else differs between systems stands beside it.
#if canImport(Glibc)
  @_exported import Glibc
#elseif canImport(Musl)
  @_exported import Musl
#else
  @_exported import Darwin
#endif

#if canImport(Glibc)
  /// Glibc's constants are of another type than its functions take.
  private func resource(_ constant: __rlimit_resource) -> __rlimit_resource_t {
    __rlimit_resource_t(constant.rawValue)
  }
#else
  private func resource(_ constant: Int32) -> Int32 { constant }
#endif

/// The most address space that the process may take, in bytes; nil where it is not limited.
package var addressSpaceLimit: Int? {
  var limit = rlimit()
  return getrlimit(resource(RLIMIT_AS), &limit) == 0 ? softLimit(limit) : nil
}

/// The most memory for data that the process may take, in bytes; nil where it is not limited.
package var dataLimit: Int? {
  var limit = rlimit()
  return getrlimit(resource(RLIMIT_DATA), &limit) == 0 ? softLimit(limit) : nil
}

private func softLimit(_ limit: rlimit) -> Int? {
  // Beyond any memory stands for "unlimited", which systems write in different ways.
  return limit.rlim_cur < 1 << 60 ? Int(limit.rlim_cur) : nil
}

/// Bytes of memory that the machine has; nil where the system does not say.
package func physicalMemory() -> Int? {
  #if canImport(Darwin)
    var bytes: UInt64 = 0
    var size = MemoryLayout<UInt64>.size
    guard sysctlbyname("hw.memsize", &bytes, &size, nil, 0) == 0 else { return nil }
    return Int(clamping: bytes)
  #else
    let (pages, size) = (sysconf(Int32(_SC_PHYS_PAGES)), sysconf(Int32(_SC_PAGESIZE)))
    return pages > 0 && size > 0 ? Int(pages) * Int(size) : nil
  #endif
}

/// Raises the number of files that the process may have open to `count`, where it is lower and that is allowed.
///
/// - Returns: how many there may be.
package func raiseFileLimit(to count: Int) -> Int {
  let files = resource(RLIMIT_NOFILE)
  var limit = rlimit()
  guard getrlimit(files, &limit) == 0 else { return count }
  if limit.rlim_cur < rlim_t(count), limit.rlim_cur < limit.rlim_max {
    limit.rlim_cur = min(rlim_t(count), limit.rlim_max)
    guard setrlimit(files, &limit) == 0, getrlimit(files, &limit) == 0 else { return 0 }
  }
  return softLimit(limit) ?? .max
}

/// How often the process had something fetched from a disk that the system did not have in memory, in blocks; it only grows. Zero
/// where the system does not say.
package func blocksFetched() -> Int {
  var usage = rusage()
  #if canImport(Glibc)
    let found = getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  #else
    let found = getrusage(RUSAGE_SELF, &usage)
  #endif
  return found == 0 ? Int(usage.ru_inblock) : 0
}

/// Has the system begin to fetch a part of a file from its disk; what it makes of it is its own affair.
package func adviseReading(_ descriptor: Int32, at offset: Int, count: Int) {
  #if canImport(Darwin)
    var part = radvisory(ra_offset: off_t(offset), ra_count: Int32(clamping: count))
    _ = fcntl(descriptor, F_RDADVISE, &part)
  #else
    _ = posix_fadvise(descriptor, off_t(offset), off_t(count), Int32(POSIX_FADV_WILLNEED))
  #endif
}

// What members of the same name hide.

package func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  write(descriptor, bytes.baseAddress, bytes.count)
}

package func systemRead(_ descriptor: Int32, _ memory: UnsafeMutableRawBufferPointer) -> Int {
  read(descriptor, memory.baseAddress, memory.count)
}

extension stat {
  /// Of the contents, in seconds since 1970.
  package var modificationTime: Int {
    #if canImport(Darwin)
      st_mtimespec.tv_sec
    #else
      st_mtim.tv_sec
    #endif
  }

  /// The part of a second behind `modificationTime`, in nanoseconds.
  package var modificationNanoseconds: Int {
    #if canImport(Darwin)
      st_mtimespec.tv_nsec
    #else
      st_mtim.tv_nsec
    #endif
  }
}
