// Where a test's servers live: a folder and a loopback port that nobody else uses meanwhile.
#ifndef FIRSTFLOOR_COMMON_TESTING_PLACE_H_
#define FIRSTFLOOR_COMMON_TESTING_PLACE_H_

#include <string>

namespace firstfloor::testing {

// The temporary folder of this machine (TMPDIR, else /tmp), without a slash at the end.
std::string TemporaryFolder();

// An exclusive lock between processes, by the name of a file; blocks until it is had.
class FileLock {
 public:
  explicit FileLock(const std::string& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int descriptor_;
};

// A new empty folder with a short path (a socket's path may have 107 bytes), removed with the object.
// What a killed process left behind is removed by the next one that makes a folder.
class PrivateFolder {
 public:
  PrivateFolder();
  ~PrivateFolder();
  PrivateFolder(const PrivateFolder&) = delete;
  PrivateFolder& operator=(const PrivateFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
  int lock_ = -1;
};

// A port on 127.0.0.1 below the range that outgoing connections use; kept from other tests for the life
// of the object, also while nothing listens on it.
class ReservedPort {
 public:
  ReservedPort();
  ~ReservedPort();
  ReservedPort(const ReservedPort&) = delete;
  ReservedPort& operator=(const ReservedPort&) = delete;

  int number() const { return number_; }

 private:
  int number_ = 0;
  int reservation_ = -1;
};

// 128 random bits as hexadecimal digits.
std::string RandomWord();

}  // namespace firstfloor::testing

#endif  // FIRSTFLOOR_COMMON_TESTING_PLACE_H_
