#include "services/outreach/plan_matching.h"

#include <algorithm>
#include <cstddef>
#include <deque>

namespace firstfloor::outreach::rules {
namespace {

// Nodes are venues, then slots, then groups.
class Matching {
 public:
  explicit Matching(const Offer& offer)
      : offer_(offer),
        venues_(offer.open.size()),
        slots_(offer.lecturers.size()),
        groups_(offer.venues_of_group.size()),
        uses_(venues_, std::vector<bool>(slots_, false)),
        users_(slots_),
        guests_(venues_),
        host_(groups_, kNone),
        closed_(venues_ + slots_, false) {}

  void Place(size_t group) {
    from_.assign(venues_ + slots_ + groups_, kNone);
    queue_.assign(1, GroupNode(group));
    from_[GroupNode(group)] = GroupNode(group);
    while (!queue_.empty()) {
      const size_t node = queue_.front();
      queue_.pop_front();
      const size_t end = Expand(node);
      if (end != kNone) return Augment(end);
    }
    CloseWhatWasSeen();
  }

  std::vector<Seat> Seats() const {
    std::vector<Seat> seats(groups_);
    for (size_t venue = 0; venue < venues_; ++venue) {
      std::vector<size_t> guests = guests_[venue];
      std::sort(guests.begin(), guests.end());
      auto guest = guests.begin();
      for (size_t slot = 0; slot < slots_; ++slot) {
        if (!uses_[venue][slot]) continue;
        seats[*guest++] = {static_cast<int>(venue), static_cast<int>(slot)};
      }
    }
    return seats;
  }

 private:
  static constexpr size_t kNone = static_cast<size_t>(-1);

  size_t SlotNode(size_t slot) const { return venues_ + slot; }
  size_t GroupNode(size_t group) const { return venues_ + slots_ + group; }

  void Reach(size_t node, size_t from) {
    if (from_[node] != kNone || (node < closed_.size() && closed_[node])) return;
    from_[node] = from;
    queue_.push_back(node);
  }

  // Goes on to what can take a unit from `node`, or have one less. The slot where the search ends, or kNone.
  size_t Expand(size_t node) {
    if (node >= GroupNode(0)) {
      const size_t group = node - GroupNode(0);
      for (const int venue : offer_.venues_of_group[group]) {
        if (static_cast<size_t>(venue) != host_[group]) Reach(static_cast<size_t>(venue), node);
      }
      return kNone;
    }
    return node < venues_ ? ExpandVenue(node) : ExpandSlot(node - venues_);
  }

  size_t ExpandVenue(size_t venue) {
    for (size_t slot = 0; slot < slots_; ++slot) {
      if (!offer_.open[venue][slot] || uses_[venue][slot]) continue;
      Reach(SlotNode(slot), venue);
      if (from_[SlotNode(slot)] == venue && HasLecturer(slot)) return SlotNode(slot);
    }
    for (const size_t guest : guests_[venue]) Reach(GroupNode(guest), venue);
    return kNone;
  }

  // Every lecturer of the slot is taken: another venue may leave it.
  size_t ExpandSlot(size_t slot) {
    for (const size_t venue : users_[slot]) Reach(venue, SlotNode(slot));
    return kNone;
  }

  bool HasLecturer(size_t slot) const {
    return users_[slot].size() < static_cast<size_t>(offer_.lecturers[slot]);
  }

  static void Remove(std::vector<size_t>& list, size_t value) {
    list.erase(std::find(list.begin(), list.end(), value));
  }

  void Augment(size_t node) {
    while (from_[node] != node) {
      const size_t from = from_[node];
      if (node >= GroupNode(0)) {  // the group leaves the venue
        Remove(guests_[from], node - GroupNode(0));
      } else if (node >= venues_) {  // the venue takes the slot
        uses_[from][node - venues_] = true;
        users_[node - venues_].push_back(from);
      } else if (from >= GroupNode(0)) {  // the group goes to the venue
        guests_[node].push_back(from - GroupNode(0));
        host_[from - GroupNode(0)] = node;
      } else {  // the venue leaves the slot
        uses_[node][from - venues_] = false;
        Remove(users_[from - venues_], node);
      }
      node = from;
    }
  }

  // No path leads out of it, now or later.
  void CloseWhatWasSeen() {
    for (size_t node = 0; node < closed_.size(); ++node)
      closed_[node] = closed_[node] || from_[node] != kNone;
  }

  const Offer& offer_;
  const size_t venues_;
  const size_t slots_;
  const size_t groups_;
  std::vector<std::vector<bool>> uses_;      // [venue][slot]
  std::vector<std::vector<size_t>> users_;   // of each slot its venues
  std::vector<std::vector<size_t>> guests_;  // of each venue its groups
  std::vector<size_t> host_;                 // of each group its venue
  std::vector<bool> closed_;                 // venues and slots
  std::vector<size_t> from_;                 // of the search: where each node was reached from
  std::deque<size_t> queue_;
};

}  // namespace

std::vector<Seat> Match(const Offer& offer) {
  Matching matching(offer);
  for (size_t group = 0; group < offer.venues_of_group.size(); ++group) matching.Place(group);
  return matching.Seats();
}

}  // namespace firstfloor::outreach::rules
