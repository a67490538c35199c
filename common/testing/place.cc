#include "common/testing/place.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <random>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace firstfloor::testing {
namespace {

namespace fs = std::filesystem;

constexpr char kLockName[] = "/in-use";

[[noreturn]] void Die(const std::string& what) {
  std::perror(what.c_str());
  std::abort();
}

// "/tmp" and not TMPDIR, which may be too long for a socket's path.
std::string FolderPrefix() { return absl::StrCat("/tmp/ff-", getuid(), "-"); }

bool LockFile(int descriptor, int mode) {
  while (flock(descriptor, mode) != 0) {
    if (errno != EINTR) return false;
  }
  return true;
}

bool IsAbandoned(const std::string& folder) {
  const int descriptor = open(absl::StrCat(folder, kLockName).c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool abandoned = LockFile(descriptor, LOCK_EX | LOCK_NB);
  close(descriptor);
  return abandoned;
}

void RemoveAbandonedFolders() {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/tmp", ignored)) {
    const std::string path = entry.path().string();
    if (absl::StartsWith(path, FolderPrefix()) && IsAbandoned(path)) fs::remove_all(path, ignored);
  }
}

bool CanListen(int port) {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool can = bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  close(descriptor);
  return can;
}

// A name in the abstract socket space belongs to one process and is free again when that ends.
int Reserve(int port) {
  const std::string name = absl::StrCat("firstfloor-port-", port);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bind(descriptor, reinterpret_cast<sockaddr*>(&address), size) == 0) return descriptor;
  close(descriptor);
  return -1;
}

}  // namespace

std::string TemporaryFolder() {
  const char* folder = std::getenv("TMPDIR");
  std::string path = folder == nullptr || *folder == '\0' ? "/tmp" : folder;
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

FileLock::FileLock(const std::string& path)
    : descriptor_(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
  if (descriptor_ < 0 || !LockFile(descriptor_, LOCK_EX)) Die(path);
}

FileLock::~FileLock() { close(descriptor_); }

PrivateFolder::PrivateFolder() {
  // Held until the folder is marked as used, or a neighbour would take it for an abandoned one.
  const FileLock lock(absl::StrCat("/tmp/.ff-", getuid(), ".lock"));
  RemoveAbandonedFolders();
  path_ = absl::StrCat(FolderPrefix(), "XXXXXX");
  if (mkdtemp(path_.data()) == nullptr) Die(path_);
  lock_ = open(absl::StrCat(path_, kLockName).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock_ < 0 || !LockFile(lock_, LOCK_EX)) Die(path_);
}

PrivateFolder::~PrivateFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
  close(lock_);
}

ReservedPort::ReservedPort() {
  std::random_device random;
  std::uniform_int_distribution<int> choose(20000, 32000);
  for (int attempt = 0; attempt < 1000; ++attempt) {
    number_ = choose(random);
    reservation_ = Reserve(number_);
    if (reservation_ >= 0 && CanListen(number_)) return;
    if (reservation_ >= 0) close(reservation_);
  }
  Die("no free port on 127.0.0.1");
}

ReservedPort::~ReservedPort() { close(reservation_); }

std::string RandomWord() {
  std::random_device random;
  return absl::StrFormat("%08x%08x%08x%08x", random(), random(), random(), random());
}

}  // namespace firstfloor::testing
