// Rows kept in the process, so that a hot Get needs no database: bounded, at most one second old, and
// switched off while the bell can't be heard.
#ifndef FIRSTFLOOR_COMMON_CACHE_ROWS_H_
#define FIRSTFLOOR_COMMON_CACHE_ROWS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace firstfloor::cache {

// Thread-safe, sharded. Values are shared and immutable. Whoever makes one also makes every gap of the bell
// (redis::Bell::OnGap) call Clear, and every message about a row call Drop.
class Rows {
 public:
  // At most `capacity` rows; the least recently used go first. `on` says whether the bell is heard
  // (redis::Bell::hearing). `clock` is for tests; it must be steady.
  Rows(size_t capacity, std::function<bool()> on, absl::Duration life = absl::Seconds(1),
       absl::Time (*clock)() = nullptr);
  ~Rows();

  // The value if there is one that is still good. Memory only, never blocks for long.
  std::shared_ptr<const void> Find(absl::string_view name) const;
  // To be called BEFORE the SELECT is sent; a Drop of the same name between Begin and Put makes the Put void,
  // and the entry's life counts from Begin (steady clock). Begun while the bell is not heard, it is void too.
  struct Ticket {
    absl::Time sent;
    uint64_t generation;
  };
  Ticket Begin(absl::string_view name) const;
  void Put(absl::string_view name, const Ticket& ticket, std::shared_ptr<const void> value);
  void Drop(absl::string_view name);
  void Clear();
  // How many rows are held, those included that are too old to be given.
  size_t size() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace firstfloor::cache

#endif  // FIRSTFLOOR_COMMON_CACHE_ROWS_H_
