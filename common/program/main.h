// The main function of every program of the suite.
#ifndef FIRSTFLOOR_COMMON_PROGRAM_MAIN_H_
#define FIRSTFLOOR_COMMON_PROGRAM_MAIN_H_

#include "common/program/house.h"

namespace firstfloor::program {

// Carries out the command that the command line names: serve, migrate, verify-log, unpark, resync,
// export-erasures, replay-erasures, version.
// Returns the exit code: 0 done, 1 failed, 2 a mistake in the command line or a file that it names.
int Main(int argc, char** argv, const Program& program);

}  // namespace firstfloor::program

#endif  // FIRSTFLOOR_COMMON_PROGRAM_MAIN_H_
