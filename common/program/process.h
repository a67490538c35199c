// How a process of the suite begins, and how it learns that it shall end.
#ifndef FIRSTFLOOR_COMMON_PROGRAM_PROCESS_H_
#define FIRSTFLOOR_COMMON_PROGRAM_PROCESS_H_

#include "absl/time/time.h"

namespace firstfloor::program {

// First of all: keys, tokens and personal data never reach a core file, a connection that the other side
// closed ends nothing, and locks do not search for deadlocks, as Debian's build of Abseil would have them.
void PrepareProcess();

// SIGTERM and SIGINT wait for EndingSignalWithin instead of ending the process. To be called before any
// thread starts, that of the log too: one thread that does not block them is enough to end the process at
// once.
void BlockEndingSignals();

// Waits for one of them, at most `time`. True when one came.
bool EndingSignalWithin(absl::Duration time);

}  // namespace firstfloor::program

#endif  // FIRSTFLOOR_COMMON_PROGRAM_PROCESS_H_
