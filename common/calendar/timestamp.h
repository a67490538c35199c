// Between protobuf's times and ours.
#ifndef FIRSTFLOOR_COMMON_CALENDAR_TIMESTAMP_H_
#define FIRSTFLOOR_COMMON_CALENDAR_TIMESTAMP_H_

#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"

namespace firstfloor::calendar {

inline absl::Time FromProto(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

// Microseconds are kept, as in the database.
inline google::protobuf::Timestamp ToProto(absl::Time time) {
  const int64_t micros = absl::ToUnixMicros(time);
  google::protobuf::Timestamp proto;
  int64_t seconds = micros / 1'000'000;
  int64_t rest = micros % 1'000'000;
  if (rest < 0) {
    seconds -= 1;
    rest += 1'000'000;
  }
  proto.set_seconds(seconds);
  proto.set_nanos(static_cast<int32_t>(rest * 1000));
  return proto;
}

}  // namespace firstfloor::calendar

#endif  // FIRSTFLOOR_COMMON_CALENDAR_TIMESTAMP_H_
