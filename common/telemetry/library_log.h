// What the libraries have to say, as lines of our log. They write to standard error themselves otherwise, in
// words that may repeat what a stranger has sent.
#ifndef FIRSTFLOOR_COMMON_TELEMETRY_LIBRARY_LOG_H_
#define FIRSTFLOOR_COMMON_TELEMETRY_LIBRARY_LOG_H_

namespace firstfloor::telemetry {

// From now on gRPC's and protobuf's lines are warnings of ours: the place in the library's source, what it is
// about (the name of a field, a code of OpenSSL's), how often it was said since the last such line, and
// nothing else of it; every five seconds at most for each place, since strangers can cause them. All are
// counted in firstfloor_library_problems_total. Right before the library ends the program the line is an
// error, and written at once. Call while the program has one thread.
void TakeOverLibraryLogs();

}  // namespace firstfloor::telemetry

#endif  // FIRSTFLOOR_COMMON_TELEMETRY_LIBRARY_LOG_H_
