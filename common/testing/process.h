// A program started by a test that cannot outlive it.
#ifndef FIRSTFLOOR_COMMON_TESTING_PROCESS_H_
#define FIRSTFLOOR_COMMON_TESTING_PROCESS_H_

#include <sys/types.h>

#include <string>
#include <vector>

namespace firstfloor::testing {

// The child gets SIGKILL when this process ends, however it ends.
class Process {
 public:
  struct Files {
    std::string input = "/dev/null";
    std::string output = "/dev/null";  // standard output and standard error, appended
  };

  // `argv[0]` is looked for in PATH and in the folders of system programs. Ends the test program with a
  // clear message if it can't be found.
  Process(std::vector<std::string> argv, const Files& files);
  // Kills the program if it still runs.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void Signal(int signal);
  // Waits for the end; the exit code, or minus the signal that ended it.
  int Wait();
  bool running();
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
  bool ended_ = false;
  int outcome_ = 0;
};

// Starts the program and waits for its end.
int RunToEnd(std::vector<std::string> argv, const Process::Files& files);

}  // namespace firstfloor::testing

#endif  // FIRSTFLOOR_COMMON_TESTING_PROCESS_H_
