#include "common/program/process.h"

#include <signal.h>
#include <sys/prctl.h>
#include <time.h>

#include "absl/synchronization/mutex.h"

namespace firstfloor::program {
namespace {

sigset_t EndingSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

void PrepareProcess() {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  prctl(PR_SET_DUMPABLE, 0);
  signal(SIGPIPE, SIG_IGN);
}

void BlockEndingSignals() {
  const sigset_t set = EndingSignals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

bool EndingSignalWithin(absl::Duration time) {
  const sigset_t set = EndingSignals();
  const timespec limit = absl::ToTimespec(time);
  return sigtimedwait(&set, nullptr, &limit) > 0;
}

}  // namespace firstfloor::program
