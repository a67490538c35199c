// Lecturers in the database.
#ifndef FIRSTFLOOR_SERVICES_OUTREACH_LECTURER_STORE_H_
#define FIRSTFLOOR_SERVICES_OUTREACH_LECTURER_STORE_H_

#include "common/resource/table.h"
#include "firstfloor/outreach/v1/lecturer.pb.h"

namespace firstfloor::program {
class House;
}

namespace firstfloor::outreach {

class LecturerStore {
 public:
  explicit LecturerStore(program::House& house);
  const resource::Table<v1::Lecturer>& table() const { return table_; }

 private:
  const resource::Table<v1::Lecturer> table_;
};

}  // namespace firstfloor::outreach

#endif  // FIRSTFLOOR_SERVICES_OUTREACH_LECTURER_STORE_H_
