#include "common/testing/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace firstfloor::testing {
namespace {

std::string FindProgram(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  const char* path = std::getenv("PATH");
  for (const absl::string_view folder : absl::StrSplit(
           absl::StrCat(path == nullptr ? "" : path, ":/usr/sbin:/usr/local/sbin:/usr/bin"), ':')) {
    std::string candidate = absl::StrCat(folder, "/", name);
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  std::fprintf(stderr, "%s is not installed; tests that need it cannot run\n", name.c_str());
  std::abort();
}

// A child's wish to die with its parent is tied to the parent's *thread*: one that lives as long as the
// process starts all children.
class Starter {
 public:
  static pid_t Start(const std::function<pid_t()>& start) {
    static Starter* const starter = new Starter();
    return starter->Run(start);
  }

 private:
  Starter() { std::thread(&Starter::Loop, this).detach(); }

  pid_t Run(const std::function<pid_t()>& start) {
    std::lock_guard one_at_a_time(callers_);
    std::unique_lock lock(mutex_);
    start_ = &start;
    changed_.notify_all();
    changed_.wait(lock, [this] { return start_ == nullptr; });
    return pid_;
  }

  void Loop() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return start_ != nullptr; });
      pid_ = (*start_)();
      start_ = nullptr;
      changed_.notify_all();
    }
  }

  std::mutex callers_;
  std::mutex mutex_;
  std::condition_variable changed_;
  const std::function<pid_t()>* start_ = nullptr;
  pid_t pid_ = -1;
};

// Between fork and exec: only calls that are safe in a copy of a process with threads.
[[noreturn]] void BecomeChild(pid_t parent, int input, int output, char* const* argv) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  dup2(input, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  execv(argv[0], argv);
  _exit(127);
}

pid_t ForkAndExec(const std::vector<std::string>& argv, const Process::Files& files) {
  std::vector<char*> pointers;
  for (const std::string& arg : argv) pointers.push_back(const_cast<char*>(arg.c_str()));
  pointers.push_back(nullptr);
  const int input = open(files.input.c_str(), O_RDONLY | O_CLOEXEC);
  const int output = open(files.output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) BecomeChild(parent, input, output, pointers.data());
  close(input);
  close(output);
  return pid;
}

int OutcomeOf(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status); }

}  // namespace

Process::Process(std::vector<std::string> argv, const Files& files) {
  argv[0] = FindProgram(argv[0]);
  pid_ = Starter::Start([&] { return ForkAndExec(argv, files); });
  if (pid_ < 0) {
    std::perror("fork");
    std::abort();
  }
}

Process::~Process() {
  Signal(SIGKILL);
  Wait();
}

void Process::Signal(int signal) {
  if (running()) kill(pid_, signal);
}

int Process::Wait() {
  if (ended_) return outcome_;
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  ended_ = true;
  return outcome_ = OutcomeOf(status);
}

bool Process::running() {
  if (ended_) return false;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) == 0) return true;
  ended_ = true;
  outcome_ = OutcomeOf(status);
  return false;
}

int RunToEnd(std::vector<std::string> argv, const Process::Files& files) {
  return Process(std::move(argv), files).Wait();
}

}  // namespace firstfloor::testing
