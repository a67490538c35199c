// Pages of a list: size as asked for, and an opaque, authenticated token for where the next one starts.
#ifndef FIRSTFLOOR_COMMON_RPC_PAGE_H_
#define FIRSTFLOOR_COMMON_RPC_PAGE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace firstfloor::privacy {
class Keyring;
}

namespace firstfloor::rpc {

struct Page {
  int size = 50;
  // Key of the last element of the page before; "" at the start.
  std::string after;
  // What the token is bound to: the request without page_size and page_token.
  std::string arguments;
};

// Reads `page_size` (0 means 50, over 1,000 is taken as 1,000, negative refused) and `page_token` of a list
// request. INVALID_ARGUMENT if the token was altered or belongs to a request with other arguments.
absl::StatusOr<Page> PageOf(const google::protobuf::Message& request, const privacy::Keyring& keyring);

// The token of the page that follows `last`.
std::string NextToken(const Page& page, absl::string_view last, const privacy::Keyring& keyring);

// Fills `next_page_token` of a reply whose list was read with limit size + 1: drops the extra element of
// `rows` and names the last one by its `name()`.
template <typename Rows>
std::string TakePage(const Page& page, Rows& rows, const privacy::Keyring& keyring) {
  if (static_cast<int>(rows.size()) <= page.size) return "";
  rows.erase(rows.begin() + page.size, rows.end());
  return NextToken(page, rows.back().name(), keyring);
}

}  // namespace firstfloor::rpc

#endif  // FIRSTFLOOR_COMMON_RPC_PAGE_H_
